import Kernels
public import Tensors

/// The working memory of one thread on a compiled network: activations, their gradients, dropout masks.
///
/// Nothing is allocated after creation. Not shared between threads.
public final class NetworkSession: DifferentiableClassifier {
  /// The network this session runs.
  public let network: CompiledNetwork
  /// The identity of each sample, which dropout masks depend on.
  public let samples: AlignedBuffer<UInt32>

  private let context: KernelContext
  private let operations: [any BoundOperation]
  private let input: AlignedBuffer<Float>
  private let inputGradient: AlignedBuffer<Float>
  private let output: AlignedBuffer<Float>
  private let gradientOfOutput: AlignedBuffer<Float>

  init(_ network: CompiledNetwork) throws {
    self.network = network
    let batch = network.microbatch
    samples = AlignedBuffer(count: batch)
    context = try KernelContext(scratchpadBytes: network.operations.map(\.scratchpadBytes).max() ?? 0)
    input = AlignedBuffer(count: batch * network.architecture.input.elements)
    inputGradient = AlignedBuffer(count: input.count)

    // Two gradient buffers take turns: a layer reads one and writes the other.
    let largest = network.operations.map(\.output.elements).max() ?? 0
    let gradients = [
      AlignedBuffer<Float>(count: batch * largest), AlignedBuffer<Float>(count: batch * largest),
    ]
    var activation = input
    var gradient = inputGradient
    var turn = 0
    var bound: [any BoundOperation] = []
    for operation in network.operations {
      var next = activation
      var nextGradient = gradient
      if !operation.isInPlace {
        next = AlignedBuffer(count: batch * operation.output.elements)
        nextGradient = gradients[turn]
        turn = 1 - turn
      }
      let buffers = OperationBuffers(
        batch: batch, input: activation, output: next, inputGradient: gradient, outputGradient: nextGradient)
      bound.append(try operation.bind(buffers, on: context))
      (activation, gradient) = (next, nextGradient)
    }
    operations = bound
    output = activation
    gradientOfOutput = gradient
  }

  /// The number of samples of a pass.
  public var batch: Int { network.microbatch }
  /// The values of an image.
  public var imageElements: Int { network.architecture.input.elements }
  /// The channels, rows and columns of an image.
  public var imageShape: ImageShape { network.architecture.input }
  /// The outputs of a sample.
  public var outputCount: Int { network.architecture.outputs }
  /// The images that go in: N x C x H x W.
  public var images: UnsafeMutablePointer<Float> { input.pointer }
  /// The outputs of the last forward pass: N x outputs.
  public var outputs: UnsafePointer<Float> { UnsafePointer(output.pointer) }
  /// The gradient of a loss by the outputs: N x outputs.
  public var outputGradient: UnsafeMutablePointer<Float> { gradientOfOutput.pointer }
  /// The gradient of that loss by the images: N x C x H x W.
  public var imageGradient: UnsafePointer<Float> { UnsafePointer(inputGradient.pointer) }

  /// Computes the outputs of `images`.
  public func forward(_ mode: ForwardMode) throws {
    let pass = ForwardPass(mode: mode, samples: samples.pointer)
    for operation in operations { try operation.forward(pass) }
  }

  /// Computes `imageGradient` from `outputGradient`, which it consumes.
  ///
  /// Touches no parameter gradient.
  public func backwardImages() throws {
    for operation in operations.reversed() { try operation.backwardInput() }
  }

  /// Overwrites `gradient` with the gradient by all parameters, summed over the samples.
  ///
  /// Consumes `outputGradient`; the gradient by the images is computed only where it is asked for.
  public func backwardParameters(into gradient: ParameterArena, andImages: Bool = false) throws {
    for (index, operation) in operations.enumerated().reversed() {
      try operation.backwardParameters(into: gradient)
      if index > 0 || andImages { try operation.backwardInput() }
    }
  }
}
