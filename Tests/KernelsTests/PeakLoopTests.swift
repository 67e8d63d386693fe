import Kernels
import Testing

@Suite("The loop that measures the peak")
struct PeakLoopTests {
  @Test("It counts two operations for every lane of every chain", arguments: ConvolutionBlockTests.sets)
  func count(_ set: InstructionSet) {
    let lanes =
      switch set {
      case .portable: 4.0
      case .avx2: 8.0
      case .avx512: 16.0
      }
    let once = PeakLoop.run(rounds: 1, on: set)

    #expect(once >= 2 * 12 * lanes && once.truncatingRemainder(dividingBy: 2 * lanes) == 0)
    #expect(PeakLoop.run(rounds: 1000, on: set) == 1000 * once)
    #expect(PeakLoop.run(rounds: 0, on: set) == 0)
  }
}
