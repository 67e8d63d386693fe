import Attacks
import Networks
import Tensors

/// The bounds of one image after the other: the working memory of one thread.
///
/// Bounds of an image depend on nothing but the image and the network.
public final class BoundPropagation {
  /// The network.
  public let network: BoundNetwork
  let states: [LayerState]
  /// The intervals of the image and behind each layer.
  let intervals: [Intervals]
  let coefficients: [AlignedBuffer<Lanes>]
  private let memory: [AlignedBuffer<Double>]
  /// The pixels in the order of planes.
  let centre: AlignedBuffer<Double>
  private let ends: (lower: AlignedBuffer<Float>, upper: AlignedBuffer<Float>)
  private let shifted: AlignedBuffer<Double>
  /// The ball around the image, beside the intervals; nil for linf, whose set the intervals are.
  private(set) var ball: (norm: Norm, radius: Double)?

  /// Creates the memory of a thread.
  public init(_ network: BoundNetwork) {
    self.network = network
    states = network.layers.map { $0.makeState() }
    let planes = (0...network.layers.count).map(network.plane)
    memory = planes.flatMap { [AlignedBuffer(count: $0.count), AlignedBuffer(count: $0.count)] }
    intervals = planes.indices.map { [memory] in
      Intervals(
        lower: memory[2 * $0].pointer, upper: memory[2 * $0 + 1].pointer, count: planes[$0].count)
    }
    coefficients = planes.map { AlignedBuffer(count: $0.count) }
    centre = AlignedBuffer(count: network.image.count)
    ends = (AlignedBuffer(count: network.image.count), AlignedBuffer(count: network.image.count))
    shifted = AlignedBuffer(count: planes.count > 1 ? planes[1].count : 0)
  }

  /// Takes an image, (C, H, W), and what may become of it.
  ///
  /// For linf the set is `ThreatModel.linfSet`; for l2 and l1 all that `ThreatModel.allows`.
  func begin(_ image: UnsafePointer<Float>, _ threat: ThreatModel) {
    let plane = network.image
    let radius = threat.largestDistance * (1 + 0x1p-30)
    ball = threat.norm == .linf ? nil : (threat.norm, radius)
    threat.linfSet(
      of: image, lower: ends.lower.pointer, upper: ends.upper.pointer, count: plane.count)
    for place in 0..<plane.count {
      let i = plane.index(ofChannelsFirst: place)
      let value = Double(image[place])
      centre.pointer[i] = value
      if ball == nil {
        intervals[0].lower[i] = Double(ends.lower.pointer[place])
        intervals[0].upper[i] = Double(ends.upper.pointer[place])
      } else {
        intervals[0].lower[i] = threat.box ? max(0, value - radius) : value - radius
        intervals[0].upper[i] = threat.box ? min(1, value + radius) : value + radius
      }
    }
  }

  /// Computes the intervals of all layers, each from those before it.
  ///
  /// - Parameter refining: Whether intervals are intersected with linear bounds back to the image: behind every layer
  ///   with weights but the first and the last, for each value that the relaxations up to the next such layer depend
  ///   on. Those are the inputs of ReLU whose intervals have both signs, and the inputs of maxima that may be the
  ///   largest. The next layer's intervals come from what is refined.
  /// - Returns: Whether float32 computes all of it without overflow.
  func propagate(refining: Bool) -> Bool {
    guard network.hasFiniteWeights else { return false }
    for index in network.layers.indices {
      guard step(index) else { return false }
      if refining && index > 0 && network.layers[index] is AffineBounds {
        guard refine(behind: index) else { return false }
      }
    }
    return true
  }

  private func step(_ index: Int) -> Bool {
    let layer = network.layers[index]
    guard index == 0, let ball, let first = layer as? AffineBounds else {
      return layer.propagate(intervals[index], into: intervals[index + 1], states[index])
    }
    // The image itself first, because the state that counts is that of the whole set.
    let point = Intervals(lower: centre.pointer, upper: centre.pointer, count: centre.count)
    guard first.propagate(point, into: intervals[1], states[0]) else { return false }
    for i in 0..<first.output.count {
      shifted.pointer[i] = (intervals[1].lower[i] + intervals[1].upper[i]) / 2
    }
    guard first.propagate(intervals[0], into: intervals[1], states[0]) else { return false }
    let norms = ball.norm == .l2 ? network.imageNorms.l2 : network.imageNorms.l1
    for i in 0..<first.output.count {
      let reach = ball.radius * norms[i] + states[0].values[i]
      intervals[1].tighten(i, lower: shifted.pointer[i] - reach, upper: shifted.pointer[i] + reach)
    }
    return true
  }

  /// Tightens the intervals behind a layer with weights where the layers up to the next one gain by it.
  private func refine(behind index: Int) -> Bool {
    let following = network.layers[(index + 1)...].prefix { !($0 is AffineBounds) }
    // Behind the last layer there are margins only; between two layers with weights nothing is relaxed.
    guard !following.isEmpty, following.endIndex < network.layers.count else { return true }
    var marks: [Bool]?
    for next in following.indices {
      guard step(next) else { return false }
    }
    for next in following.indices.reversed() {
      var inputs = [Bool](repeating: false, count: network.layers[next].input.count)
      let isRectified = next + 1 < following.endIndex && network.layers[next + 1] is ReLUBounds
      network.layers[next].markInputs(
        &inputs, outputs: marks, isRectified: isRectified, intervals[next], states[next])
      marks = inputs
    }
    if let marks { tighten(behind: index, where: marks) }
    return true
  }

  private func tighten(behind index: Int, where marks: [Bool]) {
    let plane = network.layers[index].output
    for position in 0..<plane.height * plane.width {
      let first = position * plane.channels
      let marked = (0..<plane.channels).filter { marks[first + $0] }
      let window = Window(row: position / plane.width, column: position % plane.width)
      for start in stride(from: 0, to: marked.count, by: 4) {
        let channels = Array(marked[start..<min(start + 4, marked.count)])
        let own = coefficients[index + 1].pointer + first
        own.update(repeating: .zero, count: plane.channels)
        for (lane, channel) in channels.enumerated() {
          own[channel][2 * lane] = 1
          own[channel][2 * lane + 1] = -1
        }
        let bounds = lowerBounds(at: index + 1, window, channels: channels)
        for (lane, channel) in channels.enumerated() {
          intervals[index + 1].tighten(
            first + channel, lower: bounds[2 * lane], upper: -bounds[2 * lane + 1])
        }
      }
    }
  }
}
