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
  private let input: LayoutBuffer
  private let output: LayoutBuffer
  private let inputGradient: LayoutBuffer
  private let outputGradient: LayoutBuffer

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
    input = LayoutBuffer(geometry.input, batch: batch)
    output = LayoutBuffer(geometry.output, batch: batch)
    inputGradient = LayoutBuffer(geometry.input, batch: batch)
    outputGradient = LayoutBuffer(geometry.output, batch: batch)
    bound = try BoundAffineKernel(
      kernel, input: input.buffer, output: output.buffer, inputGradient: inputGradient.buffer,
      outputGradient: outputGradient.buffer, on: context)
    try pack()
  }

  func pack() throws {
    try kernel.pack(
      weights: weights.pointer, bias: geometry.bias ? UnsafePointer(bias.pointer) : nil, on: context)
  }

  func forward(_ values: [Float]) throws -> [Float] {
    input.values = values
    output.buffer.elements.update(repeating: .nan)
    try bound.forward()
    return output.values
  }

  func backwardInput(_ values: [Float]) throws -> [Float] {
    outputGradient.values = values
    inputGradient.buffer.elements.update(repeating: .nan)
    try bound.backwardInput()
    return inputGradient.values
  }

  func backwardParameters(
    input values: [Float], outputGradient gradient: [Float]
  ) throws -> (weights: [Float], bias: [Float]) {
    input.values = values
    outputGradient.values = gradient
    let weightGradient = AlignedBuffer([Float](repeating: .nan, count: weights.count))
    let biasGradient = AlignedBuffer([Float](repeating: .nan, count: bias.count))
    try bound.backwardParameters(
      weights: weightGradient.pointer, bias: geometry.bias ? biasGradient.pointer : nil)
    return (Array(weightGradient.elements), Array(biasGradient.elements))
  }

  /// Whether the lanes behind the last channel hold zeros, in the output and in the gradient by the input.
  var paddingIsZero: Bool { output.paddingIsZero && inputGradient.paddingIsZero }
}
