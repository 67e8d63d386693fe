import Testing
import Training

@Suite("The ramp of training by bounds")
struct BoundScheduleTests {
  private func schedule(
    start: Double = 2, length: Double = 4, _ shape: BoundSchedule.Shape = .linear
  ) -> BoundSchedule {
    BoundSchedule(
      start: start, length: length, shape: shape, kappa: .init(1, 0.5), beta: .init(1, 0))
  }

  @Test("Epsilon waits, rises evenly and stays")
  func linear() {
    let fractions = [0, 1.9, 2, 3, 4, 5.5, 6, 7, 100].map { schedule().fraction(atEpoch: $0) }
    #expect(fractions == [0, 0, 0, 0.25, 0.5, 0.875, 1, 1, 1])
  }

  @Test("Without a length it jumps")
  func jump() {
    #expect([0, 1.99, 2, 3].map { schedule(length: 0).fraction(atEpoch: $0) } == [0, 0, 1, 1])
    #expect([0, 1].map { schedule(start: 0, length: 0).fraction(atEpoch: $0) } == [1, 1])
  }

  @Test("The smooth ramp begins with a fourth power and goes on in a straight line, without a kink")
  func smooth() {
    let schedule = schedule(start: 0, length: 1, .smooth)
    let at = { (epoch: Double) in schedule.fraction(atEpoch: epoch) }
    #expect(at(0) == 0)
    #expect(at(1) == 1)
    #expect(abs(at(0.2) / at(0.1) - 16) < 1e-9)
    // The slope on both sides of a quarter, and everywhere behind it.
    let step = 1e-6
    let before = (at(0.25) - at(0.25 - step)) / step
    let behind = (at(0.25 + step) - at(0.25)) / step
    #expect(abs(before - behind) < 1e-4 * behind)
    #expect(abs((1 - at(0.25)) / 0.75 - behind) < 1e-6)
    let values = (0...100).map { at(Double($0) / 100) }
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test("Whether linear bounds are needed follows from their shares")
  func relaxations() {
    #expect(schedule().usesRelaxations)
    #expect(!BoundSchedule(start: 0, length: 1, kappa: .init(1, 0)).usesRelaxations)
  }
}
