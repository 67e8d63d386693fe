import Kernels
import Tensors

/// A network that intervals cannot be propagated through, in words.
public struct IntervalError: Error, Equatable, CustomStringConvertible {
  /// What stands in the way.
  public let description: String
}

/// The last layer, which is merged with the margins between classes.
struct MarginLayer {
  let weights: ParameterLayout.Entry
  let bias: ParameterLayout.Entry?

  var classes: Int { weights.shape[0] }
  var inputs: Int { weights.shape[1] }
}

/// Turns the layers of an architecture into operations on intervals.
struct IntervalCompiler {
  private let architecture: Architecture
  private let microbatch: Int
  private let parameters: ParameterLayout
  private let lanes = InstructionSet.selected.channelLanes
  private var operations: [any IntervalOperation] = []
  private var layout: ActivationLayout

  init(_ architecture: Architecture, microbatch: Int, _ parameters: ParameterLayout) {
    self.architecture = architecture
    self.microbatch = microbatch
    self.parameters = parameters
    let image = architecture.input
    layout = ActivationLayout(
      channels: image.channels, height: image.height, width: image.width, lanes: 1)
  }

  /// Compiles all layers in order, the last of them as margins.
  ///
  /// - Throws: `IntervalError` naming a layer that intervals do not go through, `OneDNNError` naming one that cannot be
  ///   built.
  mutating func compile() throws -> (operations: [any IntervalOperation], last: MarginLayer) {
    let steps = architecture.resolved()
    guard let last = steps.last, case .linear = last.layer, architecture.outputs > 1 else {
      throw IntervalError(
        description: "\(architecture.name) does not end with a score for each of several classes")
    }
    for (index, step) in steps.dropLast().enumerated() {
      // The margins read a vector as PyTorch has it; other layers with weights take blocked inputs as they lie.
      try append(step, isBeforeMargins: index == steps.count - 2)
    }
    let (weights, bias) = parameterEntries(of: last)
    return (operations, MarginLayer(weights: weights, bias: bias))
  }

  private mutating func append(_ step: Architecture.ResolvedLayer, isBeforeMargins: Bool) throws {
    switch step.layer {
    case .convolution(_, let outputChannels, let kernel, let stride, let padding, _):
      if layout.lanes == 1, layout.channels > 3 { appendLayout(layout.with(lanes: lanes)) }
      let geometry = AffineGeometry.convolution(
        input: layout, outputChannels: outputChannels, kernel: kernel, stride: stride, padding: padding,
        lanes: lanes)
      let (weights, bias) = parameterEntries(of: step)
      append(
        LinearIntervalOperation(
          centres: try AffineOperation(geometry, batch: microbatch, weights: weights, bias: bias),
          radii: try AffineOperation(geometry, batch: microbatch, weights: weights, bias: bias)))
    case .linear:
      let (weights, bias) = parameterEntries(of: step)
      append(
        LinearIntervalOperation(
          centres: try DenseOperation(
            input: layout, relu: false, batch: microbatch, weights: weights, bias: bias),
          radii: try DenseOperation(
            input: layout, relu: false, batch: microbatch, weights: weights, bias: nil)))
    case .relu:
      append(ReLUIntervalOperation(input: layout))
    case .maxPooling(let window):
      append(MaxPoolingIntervalOperation(Pooling(input: layout, window: window, stride: window)))
    case .averagePooling(let window):
      let pooling = Pooling(input: layout, window: window, stride: window)
      append(
        LinearIntervalOperation(
          centres: PoolingOperation(.average, pooling), radii: PoolingOperation(.average, pooling)))
    case .flatten where layout.lanes == 1:
      layout = .vector(layout.values)
    case .flatten where isBeforeMargins:
      appendLayout(.vector(layout.values))
    default:
      guard Self.doesNothing(step.layer) else {
        throw IntervalError(
          description: "intervals do not go through a layer of \(architecture.name): \(step.layer)")
      }
    }
  }

  /// Whether values pass a layer unchanged in evaluation, or in the layout they have.
  private static func doesNothing(_ layer: Layer) -> Bool {
    switch layer {
    case .flatten, .dropout, .channelDropout: true
    default: false
    }
  }

  private mutating func append(_ operation: any IntervalOperation) {
    operations.append(operation)
    layout = operation.output
  }

  private mutating func appendLayout(_ next: ActivationLayout) {
    let change = LayoutOperation(from: layout, to: next)
    append(LinearIntervalOperation(centres: change, radii: change))
  }

  private func parameterEntries(
    of step: Architecture.ResolvedLayer
  ) -> (weights: ParameterLayout.Entry, bias: ParameterLayout.Entry?) {
    guard let name = step.parameters?.name, let weights = parameters["\(name).weight"] else {
      preconditionFailure("a layer of \(architecture.name) has no parameters")
    }
    return (weights, parameters["\(name).bias"])
  }
}
