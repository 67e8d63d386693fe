import Kernels
import ReferenceNetworks
import Tensors

/// An affine kernel with random operands, run on plain arrays.
///
/// Arrays hold samples one behind the other, each (C, H, W) whatever the kernel's layout.
struct AffineHarness {
  let geometry: AffineGeometry
  let batch: Int
  let kernel: AffineKernel
  let weights: AlignedBuffer<Float>
  let bias: AlignedBuffer<Float>
  private let bound: BoundAffineKernel
  private let context: KernelContext
  private let input: AlignedBuffer<Float>
  private let output: AlignedBuffer<Float>
  private let inputGradient: AlignedBuffer<Float>
  private let outputGradient: AlignedBuffer<Float>

  init(
    _ geometry: AffineGeometry, batch: Int, choice: AffineChoice = AffineChoice(), seed: UInt64 = 1
  ) throws {
    OneDNN.useOneThread()
    self.geometry = geometry
    self.batch = batch
    kernel = try AffineKernel(geometry, batch: batch, choice: choice)
    // What else they need, the passes bring.
    context = try KernelContext(KernelScratch(primitives: kernel.scratch.primitives))
    weights = AlignedBuffer(uniformValues(geometry.weightShape.reduce(1, *), seed: seed))
    bias = AlignedBuffer(uniformValues(geometry.output.channels, seed: seed + 1))
    input = AlignedBuffer(count: batch * geometry.input.elements)
    output = AlignedBuffer(count: batch * geometry.output.elements)
    inputGradient = AlignedBuffer(count: input.count)
    outputGradient = AlignedBuffer(count: output.count)
    bound = try BoundAffineKernel(
      kernel, input: input, output: output, inputGradient: inputGradient, outputGradient: outputGradient,
      on: context)
    try pack()
  }

  func pack() throws {
    try kernel.pack(
      weights: weights.pointer, bias: geometry.bias ? UnsafePointer(bias.pointer) : nil, on: context)
  }

  func forward(_ values: [Float]) throws -> [Float] {
    write(values, geometry.input, into: input)
    output.elements.update(repeating: .nan)
    try bound.forward()
    return read(output, geometry.output)
  }

  func backwardInput(_ values: [Float]) throws -> [Float] {
    write(values, geometry.output, into: outputGradient)
    inputGradient.elements.update(repeating: .nan)
    try bound.backwardInput()
    return read(inputGradient, geometry.input)
  }

  func backwardParameters(
    input values: [Float], outputGradient gradient: [Float]
  ) throws -> (weights: [Float], bias: [Float]) {
    write(values, geometry.input, into: input)
    write(gradient, geometry.output, into: outputGradient)
    let weightGradient = AlignedBuffer([Float](repeating: .nan, count: weights.count))
    let biasGradient = AlignedBuffer([Float](repeating: .nan, count: bias.count))
    try bound.backwardParameters(
      weights: weightGradient.pointer, bias: geometry.bias ? biasGradient.pointer : nil)
    return (Array(weightGradient.elements), Array(biasGradient.elements))
  }

  /// Whether the lanes behind the last channel hold zeros, in the output and in the gradient by the input.
  var paddingIsZero: Bool {
    hasZeroPadding(output, geometry.output) && hasZeroPadding(inputGradient, geometry.input)
  }

  private func write(_ values: [Float], _ layout: ActivationLayout, into buffer: AlignedBuffer<Float>) {
    buffer.elements.update(repeating: 0)
    for (plain, blocked) in places(layout) { buffer.pointer[blocked] = values[plain] }
  }

  private func read(_ buffer: AlignedBuffer<Float>, _ layout: ActivationLayout) -> [Float] {
    var values = [Float](repeating: 0, count: batch * layout.values)
    for (plain, blocked) in places(layout) { values[plain] = buffer.pointer[blocked] }
    return values
  }

  private func hasZeroPadding(_ buffer: AlignedBuffer<Float>, _ layout: ActivationLayout) -> Bool {
    var isPadding = [Bool](repeating: true, count: buffer.count)
    for (_, blocked) in places(layout) { isPadding[blocked] = false }
    return buffer.elements.indices.allSatisfy { !isPadding[$0] || buffer.pointer[$0] == 0 }
  }

  /// The index of every value in (N, C, H, W) order beside its index in the layout.
  private func places(_ layout: ActivationLayout) -> [(plain: Int, blocked: Int)] {
    var places: [(Int, Int)] = []
    places.reserveCapacity(batch * layout.values)
    for sample in 0..<batch {
      for channel in 0..<layout.channels {
        for row in 0..<layout.height {
          for column in 0..<layout.width {
            let inside = layout.index(channel: channel, row: row, column: column)
            places.append((places.count, sample * layout.elements + inside))
          }
        }
      }
    }
    return places
  }
}
