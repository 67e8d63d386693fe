import Kernels
import Tensors

/// A layer with weights: a convolution, perhaps with its ReLU and pooling, or a fully connected layer.
final class WeightedOperation<Kernel: WeightedKernel>: Operation {
  private let kernel: Kernel
  private let weights: ParameterLayout.Entry
  private let bias: ParameterLayout.Entry?

  var input: ActivationLayout { kernel.input }
  var output: ActivationLayout { kernel.output }
  var scratch: KernelScratch { kernel.scratch }
  let privateBytes: Int
  var implementations: [String] { kernel.implementations }
  var layer: CompiledNetwork.Layer? {
    kernel.shape.map { CompiledNetwork.Layer(weights: weights.name, shape: $0) }
  }

  /// Compiles `kernel`, and says in errors which layer they are about.
  init(
    batch: Int, weights: ParameterLayout.Entry, bias: ParameterLayout.Entry?,
    kernel: () throws(OneDNNError) -> Kernel
  ) throws {
    do {
      self.kernel = try kernel()
      privateBytes = try self.kernel.privateBytes()
    } catch {
      throw error.located(at: weights, batch: batch)
    }
    self.weights = weights
    self.bias = bias
  }

  func pack(_ parameters: ParameterArena, on context: KernelContext) throws {
    try kernel.pack(
      weights: parameters.pointer + weights.offset,
      bias: bias.map { UnsafePointer(parameters.pointer + $0.offset) }, on: context)
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    Bound(try kernel.bind(buffers, on: context), weights: weights, bias: bias)
  }

  private final class Bound: BoundOperation {
    private let kernel: Kernel.Bound
    private let weights: ParameterLayout.Entry
    private let bias: ParameterLayout.Entry?

    init(_ kernel: Kernel.Bound, weights: ParameterLayout.Entry, bias: ParameterLayout.Entry?) {
      self.kernel = kernel
      self.weights = weights
      self.bias = bias
    }

    func forward(_ pass: ForwardPass) throws { try kernel.forward() }
    func backwardInput() throws { try kernel.backwardInput() }

    func backwardParameters(into gradient: ParameterArena) throws {
      try kernel.backwardParameters(
        weights: gradient.pointer + weights.offset, bias: bias.map { gradient.pointer + $0.offset })
    }
  }
}

extension WeightedOperation where Kernel == AffineKernel {
  /// A convolution or fully connected layer alone.
  convenience init(
    _ geometry: AffineGeometry, batch: Int, weights: ParameterLayout.Entry, bias: ParameterLayout.Entry?
  ) throws {
    try self.init(batch: batch, weights: weights, bias: bias) { () throws(OneDNNError) in
      try AffineKernel(geometry, batch: batch)
    }
  }
}

extension WeightedOperation where Kernel == DenseKernel {
  /// A fully connected layer with the ReLU behind it, on inputs in any layout.
  convenience init(
    input: ActivationLayout, relu: Bool, batch: Int, weights: ParameterLayout.Entry,
    bias: ParameterLayout.Entry?
  ) throws {
    let layer = DenseLayer(input: input, outputs: weights.shape[0], bias: bias != nil, relu: relu)
    try self.init(batch: batch, weights: weights, bias: bias) { () throws(OneDNNError) in
      try DenseKernel(layer, batch: batch, choice: DenseChoice(for: layer))
    }
  }
}

extension WeightedOperation where Kernel == ConvolutionBlockKernel {
  /// A convolution with its ReLU and pooling.
  convenience init(
    _ block: ConvolutionBlock, batch: Int, weights: ParameterLayout.Entry, bias: ParameterLayout.Entry
  ) throws {
    try self.init(batch: batch, weights: weights, bias: bias) { () throws(OneDNNError) in
      try ConvolutionBlockKernel(block, batch: batch, choice: KernelChoice(for: block))
    }
  }
}

extension OneDNNError {
  /// The error with the layer it is about.
  func located(at weights: ParameterLayout.Entry, batch: Int) -> OneDNNError {
    var located = self
    located.subject = "\(weights.name) of shape \(weights.shape) at micro-batch \(batch)"
    return located
  }
}
