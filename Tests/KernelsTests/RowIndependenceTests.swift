import Kernels
import ReferenceNetworks
import Tensors
import Testing

/// A sample's result may depend neither on its row in the micro-batch nor on its neighbours.
@Suite("Row independence of fully connected kernels")
struct RowIndependenceTests {
  static let shapes = [(784, 10), (320, 50), (784, 1), (17, 3), (1, 1), (500, 200), (2048, 1024)]

  @Test("A row's bits are the same in any place of any micro-batch", arguments: shapes)
  func rows(inputs: Int, outputs: Int) throws {
    let batches = outputs < 1000 ? Array(1...34) + [48, 49, 50, 63, 73, 100, 128, 257] : [5, 8, 50, 128]
    for batch in batches {
      let harness = try AffineHarness(.linear(inputs: inputs, outputs: outputs), batch: batch)
      let input = uniformValues(batch * inputs, seed: 3)
      let gradient = uniformValues(batch * outputs, seed: 4)
      let straight = (try harness.forward(input), try harness.backwardInput(gradient))

      for shift in Set([1, batch / 2]) {
        let output = try harness.forward(rotated(input, by: shift * inputs))
        let inputGradient = try harness.backwardInput(rotated(gradient, by: shift * outputs))
        #expect(
          bits(output) == bits(rotated(straight.0, by: shift * outputs)),
          "forward, batch \(batch), \(harness.kernel.implementations)")
        #expect(
          bits(inputGradient) == bits(rotated(straight.1, by: shift * inputs)),
          "gradient by the input, batch \(batch), \(harness.kernel.implementations)")
      }
    }
  }

  private func rotated(_ values: [Float], by count: Int) -> [Float] {
    Array(values[count...] + values[..<count])
  }
}
