import Kernels
public import Tensors

/// The working memory of one thread on a compiled network: activations, their gradients, dropout masks.
///
/// Laid out by the network's plan; nothing is allocated after creation. Not shared between threads.
public final class NetworkSession: DifferentiableClassifier {
  /// The network this session runs.
  public let network: CompiledNetwork
  /// The identity of each sample, which dropout masks depend on.
  public let samples: AlignedBuffer<UInt32>
  /// The samples that count, from the first row on: those that batch normalization takes statistics of.
  ///
  /// Rows behind them are computed, but change nothing for the others.
  public var rows: Int

  private let context: KernelContext
  private var lastPass: ForwardPass?
  private let operations: [any BoundOperation]
  private let input: AlignedBuffer<Float>
  private let inputGradient: AlignedBuffer<Float>
  private let output: AlignedBuffer<Float>
  private let gradientOfOutput: AlignedBuffer<Float>

  init(_ network: CompiledNetwork) throws {
    self.network = network
    let (batch, plan) = (network.microbatch, network.plan)
    rows = batch
    samples = AlignedBuffer(count: batch)
    let context = try network.makeContext()
    let activations = plan.activations.map { AlignedBuffer<Float>(count: batch * $0) }
    let slots = plan.slotElements.map { AlignedBuffer<Float>(count: batch * $0) }
    let activation = { (value: Int) in activations[plan.values[value].activation] }
    let gradient = { (value: Int) in slots[plan.slot(of: value)] }
    operations = try plan.steps.map { step in
      let buffers = OperationBuffers(
        batch: batch, input: activation(step.input), output: activation(step.output),
        inputGradient: gradient(step.input), outputGradient: gradient(step.output),
        side: step.side.map(activation), sideGradient: step.side.map(gradient))
      return try step.operation.bind(buffers, on: context)
    }
    self.context = context
    for link in network.links.links {
      link.connect(operations, plan.steps, activation: activation, gradient: gradient)
    }
    input = activation(0)
    inputGradient = gradient(0)
    output = activation(plan.output)
    gradientOfOutput = gradient(plan.output)
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
    try forward(ForwardPass(mode: mode, samples: samples.pointer, rows: rows))
  }

  private func forward(_ pass: ForwardPass) throws {
    lastPass = pass
    for operation in operations { try operation.forward(pass) }
  }

  /// Computes `imageGradient` from `outputGradient`, which it consumes.
  ///
  /// Touches no parameter gradient.
  public func backwardImages() throws {
    for operation in operations.reversed() { try operation.backwardInput() }
  }

  /// Overwrites `gradient` with the gradient by all parameters, summed over the samples, and puts the statistics that
  /// the forward pass took where the running ones have their place (see ``RunningStatistics``).
  ///
  /// Consumes `outputGradient`; the gradient by the images is computed only where it is asked for.
  public func backwardParameters(into gradient: ParameterArena, andImages: Bool = false) throws {
    if var pass = lastPass, pass.isFused, !network.links.links.isEmpty {
      // What convolutions have taken on, they have not left behind.
      pass.fuses = false
      try forward(pass)
    }
    for (index, operation) in operations.enumerated().reversed() {
      try operation.backwardParameters(into: gradient)
      if index > 0 || andImages { try operation.backwardInput() }
    }
  }
}
