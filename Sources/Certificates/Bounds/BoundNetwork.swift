public import Networks
public import Tensors

/// How bounds are propagated, from the cheapest to the tightest.
public enum BoundMethod: String, Sendable, CaseIterable {
  /// Interval bound propagation (Gowal et al. 2018; Mirman et al. 2018), the last layer merged with the margins.
  case ibp
  /// Linear bounds from the margins back to the image, with intervals by IBP in between (Zhang et al. 2020).
  case crownIBP = "crown-ibp"
  /// Linear bounds back to the image for the intervals in between as well (Zhang et al. 2018).
  case crown
}

/// A network that bounds cannot be propagated through.
public struct BoundError: Error, Equatable, CustomStringConvertible {
  /// What stands in the way.
  public let description: String
}

/// A network made ready for bounds: its weights in Double, its layers as what bounds do in them.
///
/// One serves all threads, each with a ``BoundPropagation`` of its own.
///
/// Its bounds hold for the network in float32 with convolutions computed directly, by sums of products in any order,
/// fused or not. Convolutions computed by minimal filtering (Winograd) round more; bounds hold for them as well only
/// where ``coversMinimalFiltering`` says so, and are looser then, for deep networks by far.
public final class BoundNetwork: Sendable {
  /// What was made ready.
  public let architecture: Architecture
  /// Whether bounds also hold where convolutions are computed by minimal filtering.
  public let coversMinimalFiltering: Bool
  let image: Plane
  let layers: [any BoundLayer]
  /// How much a first layer with weights can change in the unit ball of l2 and l1; empty where there is none.
  let imageNorms: (l2: [Double], l1: [Double])
  /// Whether all weights are finite: nothing is certified otherwise.
  let hasFiniteWeights: Bool

  /// Takes over the parameters of a network.
  ///
  /// - Parameters:
  ///   - architecture: The network's layers.
  ///   - parameters: Its weights and biases.
  ///   - coversMinimalFiltering: Whether bounds also have to hold where convolutions of 3x3 and 5x5 kernels at stride 1
  ///     are computed by minimal filtering.
  /// - Throws: `BoundError` naming a layer that there are no bounds for.
  public init(
    _ architecture: Architecture, _ parameters: ParameterArena, coversMinimalFiltering: Bool = false
  ) throws(BoundError) {
    self.architecture = architecture
    self.coversMinimalFiltering = coversMinimalFiltering
    let input = architecture.input
    image = Plane(height: input.height, width: input.width, channels: input.channels)
    var builder = BoundNetworkBuilder(
      plane: image, parameters, coversMinimalFiltering: coversMinimalFiltering)
    for layer in architecture.layers { try builder.append(layer) }
    layers = builder.layers
    hasFiniteWeights = parameters.storage.elements.allSatisfy(\.isFinite)
    guard layers.reduce(image.count, { $0 + $1.output.count }) < RoundingAllowance.largestNetwork else {
      throw BoundError(description: "\(architecture.name) has more values than rounding is bounded for")
    }
    if let first = layers.first as? AffineBounds {
      imageNorms = (first.rowNorms(exponent: 2), first.rowNorms(exponent: .infinity))
    } else {
      imageNorms = ([], [])
    }
  }

  /// The plane before layer `index`, or behind the last layer.
  func plane(_ index: Int) -> Plane { index == 0 ? image : layers[index - 1].output }
}

/// Turns the layers of an architecture into those of bounds.
struct BoundNetworkBuilder {
  private(set) var layers: [any BoundLayer] = []
  private var plane: Plane
  private let parameters: ParameterArena
  private let coversMinimalFiltering: Bool

  init(plane: Plane, _ parameters: ParameterArena, coversMinimalFiltering: Bool) {
    self.plane = plane
    self.parameters = parameters
    self.coversMinimalFiltering = coversMinimalFiltering
  }

  mutating func append(_ layer: Layer) throws(BoundError) {
    switch layer {
    case .convolution(let name, let outputChannels, let kernel, let stride, let padding, _, _):
      let weights = values("\(name).weight")
      let inputChannels = plane.channels
      append(
        AffineBounds(
          input: plane, view: plane, outputChannels: outputChannels,
          AffineBounds.Geometry(kernel: kernel, stride: stride, padding: padding),
          coversMinimalFiltering: coversMinimalFiltering, bias: bias(name, count: outputChannels)
        ) { o, c, row, column in weights[((o * inputChannels + c) * kernel + row) * kernel + column] })
    case .linear(let name, let outputs, _, _):
      let weights = values("\(name).weight")
      let count = plane.count
      var places = [Int](repeating: 0, count: count)
      for place in 0..<count { places[plane.index(ofChannelsFirst: place)] = place }
      append(
        AffineBounds(
          input: plane, view: plane.vector, outputChannels: outputs, AffineBounds.Geometry(),
          bias: bias(name, count: outputs)
        ) { o, c, _, _ in weights[o * count + places[c]] })
    case .relu:
      append(ReLUBounds(input: plane))
    case .maxPooling(let window):
      append(MaxPoolingBounds(input: plane, window: window))
    case .averagePooling(let window):
      append(AveragePoolingBounds(input: plane, window: window))
    default:
      guard Self.doesNothing(layer) else {
        throw BoundError(description: "there are no bounds through \(layer.kind)")
      }
    }
  }

  /// Whether values pass a layer unchanged in evaluation; layers with weights know how a plane is read as a vector.
  private static func doesNothing(_ layer: Layer) -> Bool {
    switch layer {
    case .flatten, .dropout, .channelDropout: true
    default: false
    }
  }

  private mutating func append(_ layer: any BoundLayer) {
    layers.append(layer)
    plane = layer.output
  }

  private func values(_ name: String) -> [Double] {
    parameters.layout[name].map { parameters.values($0).map(Double.init) } ?? []
  }

  private func bias(_ name: String, count: Int) -> [Double] {
    let bias = values("\(name).bias")
    return bias.isEmpty ? Array(repeating: 0, count: count) : bias
  }
}
