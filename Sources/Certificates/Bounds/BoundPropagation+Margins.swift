public import Attacks
import Networks
import Tensors

/// Lower bounds on how far one class stays ahead of every other, for all images of a set.
public struct MarginBounds: Equatable, Sendable {
  /// By class, a lower bound on the output of the label minus that class's; infinity for the label itself.
  ///
  /// A single score has two classes: the margin is the score's distance from 0 on the label's side.
  public internal(set) var margins: [Double]
  /// The cheapest method whose bounds say that no image of the set is classified otherwise; nil where none does.
  public internal(set) var certifiedBy: BoundMethod?

  /// Whether all margins are positive; NaN certifies nothing.
  var areAllPositive: Bool { margins.allSatisfy { $0 > 0 } }

  mutating func take(_ others: [Double]) {
    for (k, other) in others.enumerated() where other > margins[k] { margins[k] = other }
  }
}

extension BoundPropagation {
  /// Bounds the margins of an image.
  ///
  /// Every method takes the better of its own bounds and those of the cheaper ones, margin by margin, so that a
  /// tighter method never certifies less. CROWN's own are linear bounds back to the image and the last layer merged with
  /// the margins, both from the tighter intervals.
  ///
  /// - Parameters:
  ///   - image: Its pixels, (C, H, W), in [0, 1] where the threat has a box.
  ///   - label: Its class.
  ///   - threat: What may become of it.
  ///   - method: The tightest method.
  ///   - isThorough: Whether tighter methods follow where a cheaper one has certified already.
  public func margins(
    _ image: UnsafePointer<Float>, label: Int, _ threat: ThreatModel, _ method: BoundMethod,
    isThorough: Bool = false
  ) -> MarginBounds {
    let outputs = network.architecture.outputs
    let classes = max(outputs, 2)
    precondition(label >= 0 && label < classes, "class \(label) of \(classes)")
    var bounds = MarginBounds(
      margins: (0..<classes).map { $0 == label ? .infinity : -.infinity }, certifiedBy: nil)
    begin(image, threat)
    guard propagate(refining: false) else { return bounds }
    bounds.take(forwardMargins(label))
    if bounds.areAllPositive { bounds.certifiedBy = .ibp }
    if method == .ibp || (bounds.certifiedBy != nil && !isThorough) { return bounds }
    bounds.take(backwardMargins(label))
    if bounds.certifiedBy == nil && bounds.areAllPositive { bounds.certifiedBy = .crownIBP }
    if method == .crownIBP || (bounds.certifiedBy != nil && !isThorough) { return bounds }
    guard propagate(refining: true) else { return bounds }
    bounds.take(forwardMargins(label))
    bounds.take(backwardMargins(label))
    if bounds.certifiedBy == nil && bounds.areAllPositive { bounds.certifiedBy = .crown }
    return bounds
  }

  /// Margins through the last layer from the intervals before it.
  private func forwardMargins(_ label: Int) -> [Double] {
    eachMargin(label) { [self] in
      let last = network.layers.count
      guard let layer = network.layers.last as? AffineBounds else {
        return concretize(at: last, network.plane(last).window, .zero)
      }
      var constants = Lanes.zero
      let window = layer.pullBack(
        coefficients[last].pointer, layer.output.window, channels: nil,
        into: coefficients[last - 1].pointer, &constants, states[last - 1])
      return concretize(at: last - 1, window, constants)
    }
  }

  /// Margins as linear functions of the image.
  private func backwardMargins(_ label: Int) -> [Double] {
    eachMargin(label) { [self] in
      let last = network.layers.count
      return lowerBounds(at: last, network.plane(last).window, channels: nil)
    }
  }

  /// Has `bound` see the margins over eight classes at a time as coefficients of the outputs.
  private func eachMargin(_ label: Int, _ bound: () -> Lanes) -> [Double] {
    let last = network.layers.count
    let outputs = network.architecture.outputs
    let own = coefficients[last].pointer
    var margins = (0..<max(outputs, 2)).map { $0 == label ? Double.infinity : -.infinity }
    if outputs == 1 {
      own[0] = .zero
      own[0][0] = label == 1 ? 1 : -1
      margins[1 - label] = bound()[0]
      return margins
    }
    let others = margins.indices.filter { $0 != label }
    for start in stride(from: 0, to: others.count, by: 8) {
      let group = others[start..<min(start + 8, others.count)]
      own.update(repeating: .zero, count: outputs)
      for (lane, other) in group.enumerated() {
        own[label][lane] = 1
        own[other][lane] = -1
      }
      let bounds = bound()
      for (lane, other) in group.enumerated() { margins[other] = bounds[lane] }
    }
    return margins
  }
}
