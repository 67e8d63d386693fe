import Foundation
import Networks
import Testing

@Suite("Learning rate schedules")
struct LearningRateScheduleTests {
  private func rates(_ schedule: LearningRateSchedule, epochs: Int, stepsPerEpoch: Int) -> [Double] {
    let total = epochs * stepsPerEpoch
    return (0..<total).map { schedule.rate(step: $0, stepsPerEpoch: stepsPerEpoch, totalSteps: total) }
  }

  @Test("The cyclic schedule is that of fast adversarial training")
  func cyclic() throws {
    let (epochs, stepsPerEpoch, peak) = (10, 59, 5e-3)
    let found = rates(.cyclic(peak: peak, peakFraction: 0.4), epochs: epochs, stepsPerEpoch: stepsPerEpoch)

    // Wong, Rice and Kolter interpolate (0, 0), (2/5 of the epochs, peak), (all epochs, 0) at the epoch that
    // has passed when the step is done.
    for (step, rate) in found.enumerated() {
      let epoch = Double(step / stepsPerEpoch) + Double(step % stepsPerEpoch + 1) / Double(stepsPerEpoch)
      let expected = epoch <= 4 ? peak * epoch / 4 : peak * (10 - epoch) / 6
      #expect(abs(rate - expected) < 1e-15, "step \(step)")
    }
    #expect(found.last == 0)
    #expect(try abs(#require(found.max()) - peak) < 1e-15)
    #expect(found.firstIndex(of: try #require(found.max())) == 4 * stepsPerEpoch - 1)
  }

  @Test("A cyclic schedule may peak at either end")
  func cyclicEnds() {
    let falling = rates(.cyclic(peak: 1, peakFraction: 0), epochs: 1, stepsPerEpoch: 4)
    let rising = rates(.cyclic(peak: 1, peakFraction: 1), epochs: 1, stepsPerEpoch: 4)
    #expect(falling == [0.75, 0.5, 0.25, 0])
    #expect(rising == [0.25, 0.5, 0.75, 1])
  }

  @Test("The piecewise schedule drops at the first step of a milestone's epoch")
  func piecewise() {
    let found = rates(
      .piecewise(0.1, milestones: [2, 3.5], factor: 0.1), epochs: 5, stepsPerEpoch: 10)
    for (step, rate) in found.enumerated() {
      let expected = step < 20 ? 0.1 : step < 35 ? 0.01 : 0.001
      #expect(abs(rate - expected) < 1e-16, "step \(step)")
    }
  }

  @Test("The cosine schedule warms up, then falls from the peak towards the minimum")
  func cosine() {
    let schedule = LearningRateSchedule.cosine(peak: 0.1, minimum: 0.001, warmup: 1)
    let found = rates(schedule, epochs: 11, stepsPerEpoch: 10)

    #expect((0..<9).allSatisfy { found[$0] < found[$0 + 1] } && found[9] < 0.1)
    #expect(found[10] == 0.1)
    for step in 10..<110 {
      let progress = Double(step - 10) / 100
      let expected = 0.001 + 0.099 * 0.5 * (1 + Foundation.cos(.pi * progress))
      #expect(abs(found[step] - expected) < 1e-15, "step \(step)")
    }
    #expect(schedule.rate(step: 110, stepsPerEpoch: 10, totalSteps: 110) == 0.001)
  }

  @Test("Without warm-up the cosine starts at its peak")
  func cosineWithoutWarmup() {
    let found = rates(.cosine(peak: 0.1, minimum: 0, warmup: 0), epochs: 1, stepsPerEpoch: 8)
    #expect(found.first == 0.1)
    #expect(found == found.sorted(by: >))
    #expect(abs(found[4] - 0.05) < 1e-16)
  }

  @Test("The constant schedule is constant")
  func constant() {
    #expect(Set(rates(.constant(0.3), epochs: 2, stepsPerEpoch: 5)) == [0.3])
  }

  @Test("A warm-up scales the first rates of any schedule linearly up to it")
  func warmUp() {
    let found = rates(.warmedUp(.constant(0.3), epochs: 0.5), epochs: 2, stepsPerEpoch: 4)
    #expect(zip(found, [0.1, 0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]).allSatisfy { abs($0 - $1) < 1e-15 })
    let steps = LearningRateSchedule.piecewise(1, milestones: [1], factor: 0.5)
    #expect(
      rates(.warmedUp(steps, epochs: 0.25), epochs: 2, stepsPerEpoch: 4) == [
        0.5, 1, 1, 1, 0.5, 0.5, 0.5, 0.5,
      ])
  }
}
