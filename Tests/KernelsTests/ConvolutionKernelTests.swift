import Kernels
import ReferenceNetworks
import Tensors
import Testing

@Suite("Convolutions of residual networks")
struct ConvolutionKernelTests {
  /// A shape with an instruction set, whose channel blocks it uses.
  struct Case: CustomTestStringConvertible, Sendable {
    var input: (channels: Int, height: Int, width: Int)
    var outputs: Int
    var kernel: Int
    var stride: Int
    var padding: Int
    var set: InstructionSet
    var samples = 3

    var geometry: AffineGeometry {
      let lanes = set.channelLanes
      return AffineGeometry.convolution(
        input: ActivationLayout(
          channels: input.channels, height: input.height, width: input.width,
          lanes: input.channels > 3 ? lanes : 1), outputChannels: outputs, kernel: kernel, stride: stride,
        padding: padding, lanes: lanes, bias: false)
    }
    var reference: ReferenceConvolution {
      ReferenceConvolution(
        inputChannels: input.channels, height: input.height, width: input.width, outputChannels: outputs,
        kernel: kernel, stride: stride, padding: padding)
    }
    var testDescription: String {
      "\(input.channels)x\(input.height)x\(input.width)-\(outputs)k\(kernel)s\(stride)p\(padding), \(set), batch \(samples)"
    }
  }

  /// Channels that fill no block, tiles that are cut, every padding, and enough weights for each number of tiles.
  static let cases = InstructionSet.allCases.filter { $0 <= .supported }.flatMap { set in
    [
      Case(input: (16, 8, 8), outputs: 16, kernel: 3, stride: 1, padding: 1, set: set),
      Case(input: (20, 7, 5), outputs: 9, kernel: 3, stride: 1, padding: 0, set: set),
      Case(input: (40, 4, 4), outputs: 72, kernel: 3, stride: 1, padding: 1, set: set),
      Case(input: (9, 3, 2), outputs: 17, kernel: 3, stride: 1, padding: 2, set: set),
      Case(input: (150, 6, 5), outputs: 130, kernel: 3, stride: 1, padding: 1, set: set),
      Case(input: (212, 9, 4), outputs: 200, kernel: 3, stride: 1, padding: 1, set: set),
      Case(input: (20, 8, 8), outputs: 24, kernel: 3, stride: 2, padding: 1, set: set),
      Case(input: (20, 8, 8), outputs: 24, kernel: 1, stride: 2, padding: 0, set: set),
      Case(input: (3, 9, 8), outputs: 20, kernel: 3, stride: 1, padding: 1, set: set),
      // Samples side by side: as many as there is room for, and one more.
      Case(input: (3, 9, 8), outputs: 20, kernel: 3, stride: 1, padding: 1, set: set, samples: 17),
    ]
  }

  /// A kernel with the buffers of a test, whose values are plain in the tests.
  private struct Harness {
    let geometry: AffineGeometry
    let bound: BoundConvolution
    let kernel: ConvolutionKernel
    let input: AlignedBuffer<Float>
    let output: AlignedBuffer<Float>
    let inputGradient: AlignedBuffer<Float>
    let outputGradient: AlignedBuffer<Float>
    let weights: [Float]
    let samples: Int

    init(_ problem: Case) throws {
      let samples = problem.samples
      self.samples = samples
      geometry = problem.geometry
      kernel = try ConvolutionKernel(
        geometry, batch: samples, prefersLibrary: false, instructionSet: problem.set)
      let context = try KernelContext(kernel.scratch)
      func buffer(_ layout: ActivationLayout, seed: UInt64) -> AlignedBuffer<Float> {
        let buffer = AlignedBuffer<Float>(count: samples * layout.elements)
        let values = uniformValues(samples * layout.values, seed: seed)
        if layout.lanes == 1 {
          buffer.pointer.update(from: values, count: values.count)
        } else {
          Passes.selected.block(values, into: buffer.pointer, layout, samples: samples)
        }
        return buffer
      }
      input = buffer(geometry.input, seed: 1)
      outputGradient = buffer(geometry.output, seed: 2)
      output = AlignedBuffer(count: outputGradient.count)
      inputGradient = AlignedBuffer(count: input.count)
      bound = try BoundConvolution(
        kernel, input: input, output: output, inputGradient: inputGradient, outputGradient: outputGradient,
        on: context)
      var weights = uniformValues(problem.reference.weightCount, seed: 3)
      try kernel.pack(weights: &weights, on: context)
      self.weights = weights
    }

    func plain(_ buffer: AlignedBuffer<Float>, _ layout: ActivationLayout) -> [Float] {
      var values = [Float](repeating: 0, count: samples * layout.values)
      if layout.lanes == 1 { return Array(buffer.elements) }
      Passes.selected.unblock(
        buffer.pointer, into: &values, layout, samples: samples)
      return values
    }
  }

  @Test(
    "All passes agree with the definition in Double, by transforms and directly", arguments: cases,
    [false, true])
  func definition(_ problem: Case, isDirect: Bool) throws {
    let harness = try Harness(problem)
    let reference = problem.reference
    let weights = harness.weights.map(Double.init)
    let zeros = [Double](repeating: 0, count: problem.outputs)
    func samples(_ seed: UInt64, _ count: Int) -> [[Double]] {
      let values = uniformValues(problem.samples * count, seed: seed).map(Double.init)
      return (0..<problem.samples).map { Array(values[$0 * count..<($0 + 1) * count]) }
    }
    let (inputs, gradients) = (samples(1, reference.inputCount), samples(2, reference.outputCount))

    try harness.bound.forward(nil, isDirect: isDirect)
    try harness.bound.backwardInput(nil, isDirect: isDirect)
    var weightGradient = [Float](repeating: .nan, count: reference.weightCount)
    try harness.bound.backwardParameters(weights: &weightGradient)

    // Roundings of a float32 sum grow as the root of its terms.
    let terms = Double(max(problem.reference.weightCount / problem.outputs, problem.outputs * 9))
    let limit = isDirect ? max(1e-6, terms.squareRoot() * 0x1p-24) : 1e-5
    #expect(
      relativeError(
        harness.plain(harness.output, harness.geometry.output),
        inputs.flatMap { reference.forward($0, weights: weights, bias: zeros) }) < limit)
    #expect(
      relativeError(
        harness.plain(harness.inputGradient, harness.geometry.input),
        gradients.flatMap { reference.inputGradient($0, weights: weights) }) < limit)
    var expected = [Double](repeating: 0, count: reference.weightCount)
    for (input, gradient) in zip(inputs, gradients) {
      let part = reference.parameterGradient(input, outputGradient: gradient).weights
      for i in expected.indices { expected[i] += part[i] }
    }
    #expect(relativeError(weightGradient, expected) < 1e-6)
    // Lanes without a channel stay zero.
    let blocked = harness.output.elements
    let layout = harness.geometry.output
    for lane in layout.channels..<layout.planes * layout.lanes {
      #expect(
        blocked[(lane / layout.lanes * layout.height * layout.width) * layout.lanes + lane % layout.lanes]
          == 0)
    }
  }

  @Test(
    "What follows and precedes has the bits of operations one by one",
    arguments: cases.filter { $0.kernel == 3 && $0.stride == 1 && $0.input.channels > 3 })
  func finish(_ problem: Case) throws {
    let harness = try Harness(problem)
    let layout = harness.geometry.output
    func numbers(_ seed: UInt64, _ layout: ActivationLayout) -> AlignedBuffer<Float> {
      let buffer = AlignedBuffer<Float>(count: layout.planes * layout.lanes)
      buffer.pointer.update(from: uniformValues(layout.channels, seed: seed), count: layout.channels)
      return buffer
    }
    func activations(_ seed: UInt64, _ layout: ActivationLayout) -> AlignedBuffer<Float> {
      AlignedBuffer(uniformValues(problem.samples * layout.elements, seed: seed))
    }
    func channel(_ i: Int, _ layout: ActivationLayout) -> Int {
      let area = layout.height * layout.width
      return i / (area * layout.lanes) % layout.planes * layout.lanes + i % layout.lanes
    }
    try harness.bound.forward(nil, isDirect: false)
    let bare = Array(harness.output.elements)
    let (addend, scale, shift) = (activations(5, layout), numbers(6, layout), numbers(7, layout))
    var finish = ConvolutionFinish()
    finish.addend = addend
    finish.sum = AlignedBuffer(count: bare.count)
    finish.normalization = (scale, shift)
    finish.output = AlignedBuffer(count: bare.count)

    try harness.bound.forward(finish, isDirect: false)

    let sums = zip(bare, addend.elements).map { $0 + $1 }
    #expect(bits(finish.sum?.elements.map { $0 } ?? []) == bits(sums))
    let expected = sums.indices.map { i -> Float in
      let c = channel(i, layout)
      let value = sums[i] * scale.pointer[c] + shift.pointer[c]
      return value < 0 ? 0 : value
    }
    #expect(bits(finish.output?.elements.map { $0 } ?? []) == bits(expected))

    let input = harness.geometry.input
    try harness.bound.backwardInput(nil, isDirect: false)
    let gradient = Array(harness.inputGradient.elements)
    let (gate, slope, other) = (activations(8, input), numbers(9, input), activations(10, input))
    var before = ConvolutionFinish()
    before.gate = (gate, slope)
    before.addend = other
    try harness.bound.backwardInput(before, isDirect: false)
    let opened = gradient.indices.map { i -> Float in
      (gate.pointer[i] > 0 ? gradient[i] * slope.pointer[channel(i, input)] : 0) + other.pointer[i]
    }
    #expect(bits(harness.inputGradient.elements) == bits(opened))
  }
}
