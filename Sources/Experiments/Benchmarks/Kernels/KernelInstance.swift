import Kernels
import Tensors

/// The three passes of a kernel.
enum KernelPass: String, CaseIterable, Encodable {
  case forward
  case inputGradient = "input_gradient"
  case weightGradient = "weight_gradient"

  /// The name in a table for people.
  var title: String {
    switch self {
    case .forward: "forward"
    case .inputGradient: "gradient by input"
    case .weightGradient: "gradient by weights"
    }
  }
}

/// A kernel with buffers and data of its own, compiled as a choice says.
struct KernelInstance {
  /// oneDNN's and our own names of what runs the passes, in the order of `KernelPass.allCases`.
  let implementations: [String]

  private let batch: Int
  private let operands: KernelOperands
  private let input: AlignedBuffer<Float>
  private let output: AlignedBuffer<Float>
  private let inputGradient: AlignedBuffer<Float>
  private let outputGradient: AlignedBuffer<Float>
  private let passes: [KernelPass: () throws -> Void]

  /// Compiles a kernel for `batch` samples and runs the forward pass once, on which the others depend.
  init(_ operands: KernelOperands, _ choice: KernelTable.Choice, batch: Int) throws {
    let (inputs, outputs) = (operands.shape.input.elements, operands.shape.output.elements)
    self.batch = batch
    self.operands = operands
    input = AlignedBuffer(count: batch * inputs)
    inputGradient = AlignedBuffer(count: batch * inputs)
    output = AlignedBuffer(count: batch * outputs)
    outputGradient = AlignedBuffer(count: batch * outputs)
    let (weights, bias) = (operands.weights.pointer, operands.bias.pointer)
    let weightGradient = AlignedBuffer<Float>(count: operands.weights.count)
    let biasGradient = AlignedBuffer<Float>(count: operands.bias.count)
    switch (operands.shape, choice) {
    case (.convolution(let block), .convolution(let choice)):
      let kernel = try ConvolutionBlockKernel(block, batch: batch, choice: choice)
      let context = try KernelContext(kernel.scratch)
      try kernel.pack(weights: weights, bias: bias, on: context)
      let bound = try BoundConvolutionBlock(
        kernel, input: input, output: output, inputGradient: inputGradient, outputGradient: outputGradient,
        on: context)
      implementations = kernel.implementations
      passes = [
        .forward: bound.forward, .inputGradient: bound.backwardInput,
        .weightGradient: {
          try bound.backwardParameters(weights: weightGradient.pointer, bias: biasGradient.pointer)
        },
      ]
    case (.dense(let layer), .dense(let choice)):
      let kernel = try DenseKernel(layer, batch: batch, choice: choice)
      let context = try KernelContext(kernel.scratch)
      try kernel.pack(weights: weights, bias: layer.bias ? UnsafePointer(bias) : nil, on: context)
      let bound = try BoundDenseKernel(
        kernel, input: input, output: output, inputGradient: inputGradient, outputGradient: outputGradient,
        on: context)
      implementations = kernel.implementations
      passes = [
        .forward: bound.forward, .inputGradient: bound.backwardInput,
        .weightGradient: {
          try bound.backwardParameters(
            weights: weightGradient.pointer, bias: layer.bias ? biasGradient.pointer : nil)
        },
      ]
    default:
      preconditionFailure("a choice for another kind of kernel")
    }
    fill { $0 }
    try run(.forward)
  }

  /// Runs one pass.
  func run(_ pass: KernelPass) throws {
    try passes[pass]?()
  }

  /// Whether the results of a sample keep their bits in any row and among any neighbours.
  func isRowIndependent(_ pass: KernelPass) throws -> Bool {
    let target = pass == .forward ? output : inputGradient
    let width = target.count / batch
    let straight = try result(of: pass, in: target) { $0 }
    let places: [(Int) -> Int] = [{ ($0 + 1) % batch }, { batch - 1 - $0 }]
    for place in places {
      let moved = try result(of: pass, in: target, place)
      for row in 0..<batch {
        let sample = place(row)
        for index in 0..<width where moved[row * width + index] != straight[sample * width + index] {
          return false
        }
      }
    }
    return true
  }

  /// The bits of a pass over the samples that `sample` puts in the rows.
  private func result(
    of pass: KernelPass, in target: AlignedBuffer<Float>, _ sample: (Int) -> Int
  ) throws -> [UInt32] {
    fill(sample)
    try run(.forward)
    if pass != .forward { try run(pass) }
    return target.elements.map(\.bitPattern)
  }

  private func fill(_ sample: (Int) -> Int) {
    for (from, to) in [(operands.input, input), (operands.outputGradient, outputGradient)] {
      let width = to.count / batch
      for row in 0..<batch {
        (to.pointer + row * width).update(from: from.pointer + sample(row) * width, count: width)
      }
    }
  }
}
