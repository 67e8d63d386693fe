import Kernels
import ReferenceNetworks
import Tensors
import Testing

@Suite("Pooling")
struct PoolingTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var channels: Int
    var height: Int
    var width: Int
    var window: Int
    var stride: Int
    var lanes: Int

    var testDescription: String {
      "\(channels)x\(height)x\(width), window \(window), stride \(stride), \(lanes) lanes"
    }
    var pooling: Pooling {
      Pooling(
        input: ActivationLayout(channels: channels, height: height, width: width, lanes: lanes),
        window: window, stride: stride)
    }
    var reference: ReferencePooling {
      ReferencePooling(channels: channels, height: height, width: width, window: window, stride: stride)
    }
  }

  /// Sizes that the stride does not divide, windows that overlap, and channels that do not fill a block.
  static let cases: [Case] = [1, 8, 16].flatMap { lanes in
    [
      Case(channels: 10, height: 24, width: 24, window: 2, stride: 2, lanes: lanes),
      Case(channels: 20, height: 5, width: 7, window: 2, stride: 2, lanes: lanes),
      Case(channels: 33, height: 8, width: 11, window: 3, stride: 3, lanes: lanes),
      Case(channels: 3, height: 9, width: 7, window: 3, stride: 2, lanes: lanes),
      Case(channels: 16, height: 3, width: 3, window: 3, stride: 3, lanes: lanes),
      Case(channels: 1, height: 1, width: 1, window: 1, stride: 1, lanes: lanes),
    ]
  }
  let samples = 3

  @Test("Maxima and their gradient agree with the definition", arguments: cases)
  func maximum(_ shape: Case) {
    // Eight different values make ties frequent: the first of equal ones wins.
    let plain = uniformValues(samples * shape.pooling.input.values, seed: 1).map { ($0 * 4).rounded(.down) }
    let plainGradient = uniformValues(samples * shape.reference.outputCount, seed: 2)
    let passes = Passes.selected
    let input = blocked(plain, shape.pooling.input)
    let output = AlignedBuffer<Float>(count: samples * shape.pooling.output.elements)
    let argmax = AlignedBuffer<UInt8>(count: output.count)
    let outputGradient = blocked(plainGradient, shape.pooling.output)
    let inputGradient = AlignedBuffer([Float](repeating: .nan, count: input.count))

    passes.maxPool(
      shape.pooling, input.pointer, into: output.pointer, argmax: argmax.pointer, samples: samples)
    passes.maxPoolGradient(
      shape.pooling, outputGradient: outputGradient.pointer, argmax: argmax.pointer,
      into: inputGradient.pointer, samples: samples)

    var expected: [Double] = []
    var expectedGradient: [Double] = []
    for (x, g) in zip(split(plain), split(plainGradient)) {
      let (maxima, from) = shape.reference.maximum(x)
      expected += maxima
      expectedGradient += shape.reference.maximumGradient(g, from: from)
    }
    #expect(unblocked(output, shape.pooling.output).map(Double.init) == expected)
    #expect(relativeError(unblocked(inputGradient, shape.pooling.input), expectedGradient) <= 1e-6)
  }

  @Test("Means and their gradient agree with the definition", arguments: cases)
  func average(_ shape: Case) {
    let plain = uniformValues(samples * shape.pooling.input.values, seed: 1)
    let plainGradient = uniformValues(samples * shape.reference.outputCount, seed: 2)
    let passes = Passes.selected
    let input = blocked(plain, shape.pooling.input)
    let output = AlignedBuffer<Float>(count: samples * shape.pooling.output.elements)
    let outputGradient = blocked(plainGradient, shape.pooling.output)
    let inputGradient = AlignedBuffer([Float](repeating: .nan, count: input.count))

    passes.averagePool(shape.pooling, input.pointer, into: output.pointer, samples: samples)
    passes.averagePoolGradient(
      shape.pooling, outputGradient: outputGradient.pointer, into: inputGradient.pointer, samples: samples)

    let expected = split(plain).flatMap { shape.reference.average($0) }
    let expectedGradient = split(plainGradient).flatMap { shape.reference.averageGradient($0) }
    #expect(relativeError(unblocked(output, shape.pooling.output), expected) <= 1e-6)
    #expect(relativeError(unblocked(inputGradient, shape.pooling.input), expectedGradient) <= 1e-6)
  }

  @Test("A NaN anywhere in a window is its maximum", arguments: [1, 8, 16])
  func notANumber(lanes: Int) {
    let pooling = Pooling(
      input: ActivationLayout(channels: 1, height: 2, width: 2, lanes: lanes), window: 2, stride: 2)
    for place in 0..<4 {
      var values: [Float] = [1, 4, 3, 2]
      values[place] = .nan
      let input = AlignedBuffer<Float>(count: pooling.input.elements)
      for i in 0..<4 { input.pointer[i * lanes] = values[i] }
      let output = AlignedBuffer<Float>(count: pooling.output.elements)
      let argmax = AlignedBuffer<UInt8>(count: pooling.output.elements)

      Passes.selected.maxPool(
        pooling, input.pointer, into: output.pointer, argmax: argmax.pointer, samples: 1)

      #expect(output.pointer[0].isNaN)
      #expect(argmax.pointer[0] == UInt8(place))
    }
  }

  @Test("Lanes without a channel stay zero through pooling")
  func padding() {
    let pooling = Pooling(
      input: ActivationLayout(channels: 5, height: 4, width: 4, lanes: 8), window: 2, stride: 2)
    let input = blocked(uniformValues(samples * 80, seed: 1).map { $0 - 2 }, pooling.input)
    let output = AlignedBuffer([Float](repeating: .nan, count: samples * pooling.output.elements))
    let argmax = AlignedBuffer<UInt8>(count: output.count)
    let lanesWithoutChannel = output.elements.indices.filter { $0 % 8 >= 5 }

    Passes.selected.maxPool(
      pooling, input.pointer, into: output.pointer, argmax: argmax.pointer, samples: samples)
    #expect(lanesWithoutChannel.allSatisfy { output.pointer[$0] == 0 })

    Passes.selected.averagePool(pooling, input.pointer, into: output.pointer, samples: samples)
    #expect(lanesWithoutChannel.allSatisfy { output.pointer[$0] == 0 })
  }

  private func split(_ values: [Float]) -> [[Double]] {
    let count = values.count / samples
    return (0..<samples).map { values[$0 * count..<($0 + 1) * count].map(Double.init) }
  }

  private func blocked(_ plain: [Float], _ layout: ActivationLayout) -> AlignedBuffer<Float> {
    if layout.lanes == 1 { return AlignedBuffer(plain) }
    let result = AlignedBuffer<Float>(count: samples * layout.elements)
    Passes.selected.block(plain, into: result.pointer, layout, samples: samples)
    return result
  }

  private func unblocked(_ buffer: AlignedBuffer<Float>, _ layout: ActivationLayout) -> [Float] {
    if layout.lanes == 1 { return Array(buffer.elements) }
    var plain = [Float](repeating: 0, count: samples * layout.values)
    Passes.selected.unblock(buffer.pointer, into: &plain, layout, samples: samples)
    return plain
  }
}
