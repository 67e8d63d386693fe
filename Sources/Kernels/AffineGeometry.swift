import COneDNN

/// What an affine kernel computes, and on which shapes: a convolution or a fully connected layer.
public struct AffineGeometry: Equatable, Sendable {
  /// The two kinds.
  public enum Operation: Equatable, Sendable {
    /// A square two-dimensional convolution (cross-correlation, as in all deep learning libraries).
    case convolution(kernel: Int, stride: Int, padding: Int)
    /// A fully connected layer on vectors.
    case linear
  }

  /// The kind, with its own numbers.
  public let operation: Operation
  /// The layout of a sample that comes in.
  public let input: ActivationLayout
  /// The layout of a sample that goes out.
  public let output: ActivationLayout
  /// Whether a bias is added.
  public let bias: Bool

  /// A convolution of `input` to `outputChannels` channels, in blocks of `lanes`.
  public static func convolution(
    input: ActivationLayout, outputChannels: Int, kernel: Int, stride: Int, padding: Int, lanes: Int,
    bias: Bool = true
  ) -> AffineGeometry {
    let extent = { (size: Int) in (size + 2 * padding - kernel) / stride + 1 }
    precondition(
      input.height + 2 * padding >= kernel && input.width + 2 * padding >= kernel,
      "a \(kernel)x\(kernel) window does not fit \(input.height)x\(input.width)")
    let output = ActivationLayout(
      channels: outputChannels, height: extent(input.height), width: extent(input.width), lanes: lanes)
    return AffineGeometry(
      operation: .convolution(kernel: kernel, stride: stride, padding: padding), input: input, output: output,
      bias: bias)
  }

  /// A fully connected layer from `inputs` to `outputs` values.
  public static func linear(inputs: Int, outputs: Int, bias: Bool = true) -> AffineGeometry {
    AffineGeometry(operation: .linear, input: .vector(inputs), output: .vector(outputs), bias: bias)
  }

  /// The extents of the weights: OIHW, or [out, in].
  public var weightShape: [Int] {
    switch operation {
    case .convolution(let kernel, _, _): [output.channels, input.channels, kernel, kernel]
    case .linear: [output.channels, input.channels]
    }
  }

  /// The multiplications and additions of one sample's forward pass, padding taps counted.
  public var operationsPerSample: Int {
    2 * weightShape.reduce(1, *) * output.height * output.width
  }

  func sourceDescriptor(batch: Int) throws(OneDNNError) -> MemoryDescriptor {
    try descriptor(of: input, batch: batch)
  }

  func destinationDescriptor(batch: Int) throws(OneDNNError) -> MemoryDescriptor {
    try descriptor(of: output, batch: batch)
  }

  /// The weights as PyTorch keeps them.
  func canonicalWeights() throws(OneDNNError) -> MemoryDescriptor {
    try MemoryDescriptor(weightShape, operation == .linear ? dnnl_oi : dnnl_oihw)
  }

  private func descriptor(of layout: ActivationLayout, batch: Int) throws(OneDNNError) -> MemoryDescriptor {
    if operation == .linear { return try MemoryDescriptor([batch, layout.channels], dnnl_nc) }
    return try layout.imageDescriptor(batch: batch)
  }
}
