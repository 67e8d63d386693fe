import Kernels
public import Tensors

/// The working memory of one thread on an interval network.
///
/// The caller writes `lower` and `upper`, calls `forward`, reads `worstCaseOutputs`, writes `outputGradient` and calls
/// `backward`. Nothing is allocated after creation. Not shared between threads.
public final class IntervalSession {
  /// The network this session runs.
  public let network: IntervalNetwork

  private let context: KernelContext
  private let operations: [any BoundIntervalOperation]
  private let ends: (lower: AlignedBuffer<Float>, upper: AlignedBuffer<Float>)
  /// The intervals before each layer, that of the image first, and behind the last of them.
  let inputs: [IntervalBuffer]
  /// The gradients by the same.
  private let gradients: [IntervalBuffer]
  /// Gradients by the intervals before a layer that come from elsewhere, and that the backward pass takes up; empty for
  /// none at all.
  var addedGradients: [IntervalBuffer?] = []
  private let outputs: AlignedBuffer<Float>
  private let gradientOfOutputs: AlignedBuffer<Float>
  /// The gradient by the magnitudes of the weights.
  private let magnitudeGradient: ParameterArena
  /// The class of each sample.
  private(set) var labels: [Int]

  init(_ network: IntervalNetwork) throws {
    self.network = network
    let batch = network.microbatch
    let image = batch * network.architecture.input.elements
    context = try KernelContext(KernelScratch.covering(network.operations.map(\.scratch)))
    ends = (AlignedBuffer(count: image), AlignedBuffer(count: image))
    outputs = AlignedBuffer(count: batch * network.last.classes)
    gradientOfOutputs = AlignedBuffer(count: outputs.count)
    magnitudeGradient = ParameterArena(network.parameterLayout)
    labels = Array(repeating: 0, count: batch)

    // Two gradient buffers take turns: a layer reads one and writes the other.
    let largest = network.operations.map(\.output.elements).max() ?? 0
    let turns = [IntervalBuffer(count: batch * largest), IntervalBuffer(count: batch * largest)]
    var inputs = [IntervalBuffer(count: image)]
    var gradients = [IntervalBuffer(count: image)]
    var bound: [any BoundIntervalOperation] = []
    for (index, operation) in network.operations.enumerated() {
      inputs.append(IntervalBuffer(count: batch * operation.output.elements))
      gradients.append(turns[index % 2])
      let buffers = IntervalBuffers(
        batch: batch, input: inputs[index], output: inputs[index + 1], inputGradient: gradients[index],
        outputGradient: gradients[index + 1])
      bound.append(try operation.bind(buffers, on: context))
    }
    operations = bound
    self.inputs = inputs
    self.gradients = gradients
  }

  /// The intervals before the last layer.
  private var features: IntervalBuffer { inputs[operations.count] }

  /// The number of samples of a pass.
  public var batch: Int { network.microbatch }
  /// The outputs of a sample.
  public var outputCount: Int { network.last.classes }
  /// The lower ends of the pixels, N x C x H x W.
  public var lower: UnsafeMutablePointer<Float> { ends.lower.pointer }
  /// The upper ends of the pixels, N x C x H x W.
  public var upper: UnsafeMutablePointer<Float> { ends.upper.pointer }
  /// The gradient of a loss by the worst-case outputs, N x classes; that by a label's own is not read.
  public var outputGradient: UnsafeMutablePointer<Float> { gradientOfOutputs.pointer }

  /// The worst-case outputs of a sample: upper bounds on how far the output of each class is ahead of the label's, and 0
  /// for the label itself.
  public func worstCaseOutputs(of sample: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: outputs.pointer + sample * outputCount, count: outputCount)
  }

  /// Where the worst-case output of a class is.
  func outputSlot(_ sample: Int, _ other: Int) -> UnsafeMutablePointer<Float> {
    outputs.pointer + sample * outputCount + other
  }

  /// Whether every other class stays behind the label of a sample, as far as float32 intervals say; NaN says no.
  public func isVerified(_ sample: Int) -> Bool {
    let worst = worstCaseOutputs(of: sample)
    return worst.indices.allSatisfy { $0 == labels[sample] || worst[$0] < 0 }
  }

  /// Computes the worst-case outputs for all images between `lower` and `upper`.
  ///
  /// - Parameter labels: The class of each sample, rows of padding included.
  public func forward(labels: [Int]) throws {
    precondition(labels.count == batch, "\(labels.count) labels for \(batch) samples")
    self.labels = labels
    IntervalPasses.selected.centres(
      lower: lower, upper: upper, centre: inputs[0].centre.pointer, radius: inputs[0].radius.pointer,
      inputs[0].centre.count)
    for operation in operations { try operation.forward() }
    forEachMargin { sample, other, operands, _ in
      let margin = IntervalPasses.selected.margin(
        centre: operands.centre, radius: operands.radius, own: operands.own, other: operands.other,
        network.last.inputs)
      outputSlot(sample, other).pointee = Float(margin + biasDifference(other, labels[sample]))
    }
    for (sample, label) in labels.enumerated() { outputSlot(sample, label).pointee = 0 }
  }

  /// Overwrites `gradient` with the gradient by all parameters, summed over the samples; reads `outputGradient`.
  public func backward(into gradient: ParameterArena) throws {
    backwardMargins(into: gradient)
    for (index, operation) in operations.enumerated().reversed() {
      try operation.backwardParameters(into: gradient, magnitudes: magnitudeGradient)
      guard index > 0 else { break }
      try operation.backwardInput()
      addGradient(at: index)
    }
    // The magnitude of a weight changes with its sign.
    for entry in network.parameterLayout.weights where entry != network.last.weights {
      IntervalPasses.selected.addSigned(
        gradient.pointer + entry.offset, signs: network.parameters.pointer + entry.offset,
        magnitudeGradient.pointer + entry.offset, entry.count)
    }
  }

  private func addGradient(at index: Int) {
    guard index < addedGradients.count, let added = addedGradients[index] else { return }
    let own = gradients[index]
    Passes.selected.add(own.centre.pointer, added.centre.pointer, added.centre.count)
    Passes.selected.add(own.radius.pointer, added.radius.pointer, added.radius.count)
  }

  /// The gradients by the last layer's parameters and by its intervals.
  private func backwardMargins(into gradient: ParameterArena) {
    let last = network.last
    (gradient.pointer + last.weights.offset).update(repeating: 0, count: last.weights.count)
    if let bias = last.bias { (gradient.pointer + bias.offset).update(repeating: 0, count: bias.count) }
    let (by, count) = (gradients[operations.count], batch * last.inputs)
    by.centre.pointer.update(repeating: 0, count: count)
    by.radius.pointer.update(repeating: 0, count: count)
    forEachMargin { sample, other, operands, label in
      let factor = gradientOfOutputs.pointer[sample * outputCount + other]
      if factor == 0 { return }
      let weights = gradient.pointer + last.weights.offset
      IntervalPasses.selected.addMarginGradient(
        factor, at: operands,
        to: .init(
          centre: by.centre.pointer + sample * last.inputs,
          radius: by.radius.pointer + sample * last.inputs,
          own: weights + label * last.inputs, other: weights + other * last.inputs), last.inputs)
      if let bias = last.bias {
        gradient.pointer[bias.offset + other] += factor
        gradient.pointer[bias.offset + label] -= factor
      }
    }
  }

  private func forEachMargin(
    _ body: (_ sample: Int, _ other: Int, IntervalPasses.MarginOperands, _ label: Int) -> Void
  ) {
    let last = network.last
    let weights = network.parameters.pointer + last.weights.offset
    for (sample, label) in labels.enumerated() {
      for other in 0..<last.classes where other != label {
        let operands = IntervalPasses.MarginOperands(
          centre: features.centre.pointer + sample * last.inputs,
          radius: features.radius.pointer + sample * last.inputs,
          own: weights + label * last.inputs, other: weights + other * last.inputs)
        body(sample, other, operands, label)
      }
    }
  }

  private func biasDifference(_ other: Int, _ own: Int) -> Double {
    guard let bias = network.last.bias else { return 0 }
    let values = network.parameters.pointer + bias.offset
    return Double(values[other]) - Double(values[own])
  }
}
