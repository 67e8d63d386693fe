import Kernels
import Tensors

/// A network that bounds cannot be propagated through, in words.
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

/// The layers of an architecture as bounds see them, in the memory layouts that kernels want.
struct IntervalPlan {
  let architecture: Architecture
  let parameters: ParameterLayout
  private(set) var steps: [IntervalStep] = []
  let last: MarginLayer
  private var layout: ActivationLayout

  /// Follows the layers.
  ///
  /// - Throws: `IntervalError` naming a layer that intervals do not go through.
  init(_ architecture: Architecture) throws(IntervalError) {
    let layers = architecture.resolved()
    guard let end = layers.last, case .linear = end.layer, architecture.outputs > 1 else {
      throw IntervalError(
        description: "\(architecture.name) does not end with a score for each of several classes")
    }
    self.architecture = architecture
    parameters = architecture.parameterLayout()
    let (weights, bias) = Self.entries(of: end, in: parameters)
    last = MarginLayer(weights: weights, bias: bias)
    let image = architecture.input
    layout = ActivationLayout(
      channels: image.channels, height: image.height, width: image.width, lanes: 1)
    for (index, layer) in layers.dropLast().enumerated() {
      // The margins read a vector as PyTorch has it; other layers with weights take blocked inputs as they lie.
      try append(layer, isBeforeMargins: index == layers.count - 2)
    }
  }

  private mutating func append(
    _ layer: Architecture.ResolvedLayer, isBeforeMargins: Bool
  ) throws(IntervalError) {
    switch layer.layer {
    case .convolution(_, let outputChannels, let kernel, let stride, let padding, let hasBias, _):
      let lanes = InstructionSet.selected.channelLanes
      if layout.lanes == 1, layout.channels > 3 {
        append(.layout(from: layout, to: layout.with(lanes: lanes)))
      }
      let geometry = AffineGeometry.convolution(
        input: layout, outputChannels: outputChannels, kernel: kernel, stride: stride, padding: padding,
        lanes: lanes, bias: hasBias)
      let (weights, bias) = Self.entries(of: layer, in: parameters)
      append(.convolution(geometry, weights: weights, bias: bias))
    case .linear:
      let (weights, bias) = Self.entries(of: layer, in: parameters)
      append(.dense(input: layout, weights: weights, bias: bias))
    case .relu:
      append(.relu(layout))
    case .maxPooling(let window):
      append(.maxPooling(Pooling(input: layout, window: window, stride: window)))
    case .averagePooling(let window):
      append(.averagePooling(Pooling(input: layout, window: window, stride: window)))
    case .flatten where layout.lanes == 1:
      layout = .vector(layout.values)
    case .flatten where isBeforeMargins:
      append(.layout(from: layout, to: .vector(layout.values)))
    default:
      guard Self.doesNothing(layer.layer) else {
        throw IntervalError(
          description: "bounds do not go through a layer of \(architecture.name): \(layer.layer)")
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

  private mutating func append(_ step: IntervalStep) {
    steps.append(step)
    layout = step.output
  }

  private static func entries(
    of layer: Architecture.ResolvedLayer, in parameters: ParameterLayout
  ) -> (weights: ParameterLayout.Entry, bias: ParameterLayout.Entry?) {
    guard let name = layer.parameters?.name, let weights = parameters["\(name).weight"] else {
      preconditionFailure("a layer has no parameters")
    }
    return (weights, parameters["\(name).bias"])
  }
}
