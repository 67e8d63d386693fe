/// A margin between two scores over the spread of the largest ones, which a factor on all scores does not change.
///
/// -(z_y - z_r) / (z_(1) - (z_(a) + z_(b)) / 2 + 1e-12) for a label y, a rival r and places a, b in the order of
/// scores, z_(1) being the largest (Croce and Hein, "Reliable evaluation of adversarial robustness with an ensemble
/// of diverse parameter-free attacks", 2020, equations 6 and 7). In Double, like all losses.
struct LogitRatio {
  let label: Int
  let rival: Int
  let largest: Int
  /// The two scores whose mean is subtracted from the largest.
  let reference: (Int, Int)

  func callAsFunction(
    _ outputs: UnsafeBufferPointer<Float>, gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    let margin = Double(outputs[label]) - Double(outputs[rival])
    let mean = 0.5 * (Double(outputs[reference.0]) + Double(outputs[reference.1]))
    let spread = Double(outputs[largest]) - mean + 1e-12
    guard let gradient else { return -margin / spread }
    let slope = margin / (spread * spread)
    for k in outputs.indices {
      // A class can have several of these parts.
      var value = 0.0
      if k == label { value -= 1 / spread }
      if k == rival { value += 1 / spread }
      if k == largest { value += slope }
      if k == reference.0 { value -= 0.5 * slope }
      if k == reference.1 { value -= 0.5 * slope }
      gradient[k] = Float(value)
    }
    return -margin / spread
  }

  /// What there is to say where an output is NaN, and no order exists: nothing.
  static func undefined(_ count: Int, gradient: UnsafeMutablePointer<Float>?) -> Double {
    gradient?.update(repeating: 0, count: count)
    return .nan
  }

  /// The four largest outputs in descending order, the first of equals first; -1 behind the last.
  static func leaders(_ outputs: UnsafeBufferPointer<Float>) -> SIMD4<Int> {
    var order = SIMD4<Int>(repeating: -1)
    for k in outputs.indices {
      var candidate = k
      var isShifting = false
      for place in 0..<4 {
        let held = order[place]
        if held < 0 {
          order[place] = candidate
          break
        }
        if isShifting || outputs[candidate] > outputs[held] {
          order[place] = candidate
          candidate = held
          isShifting = true
        }
      }
    }
    return order
  }
}

extension LossFunction {
  /// The difference of logits ratio: -(z_y - max over k other than y of z_k) / (z_(1) - z_(3) + 1e-12).
  func logitRatioLoss(
    _ outputs: UnsafeBufferPointer<Float>, _ label: Int, _ gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    precondition(outputs.count > 2, "the ratio of logits compares three outputs or more")
    if outputs.contains(where: \.isNaN) {
      return LogitRatio.undefined(outputs.count, gradient: gradient)
    }
    let order = LogitRatio.leaders(outputs)
    let ratio = LogitRatio(
      label: label, rival: order[0] == label ? order[1] : order[0], largest: order[0],
      reference: (order[2], order[2]))
    return ratio(outputs, gradient: gradient)
  }
}

/// The targeted difference of logits ratio: -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2 + 1e-12) for a label y and a
/// target t (Croce and Hein 2020).
///
/// It is driven up, and is positive where the target's score is above the label's.
public struct TargetedLogitRatio: Sendable {
  /// The least number of outputs that the loss has a value for.
  public static let leastOutputs = 4

  /// Creates the loss.
  public init() {}

  /// The loss of one sample.
  ///
  /// - Parameters:
  ///   - outputs: The network's outputs, four or more.
  ///   - label: The class.
  ///   - target: The class to steer to.
  ///   - gradient: Where the gradient by the outputs goes, if it is wanted.
  /// - Returns: The loss; NaN where an output is NaN.
  public func callAsFunction(
    _ outputs: UnsafeBufferPointer<Float>, label: Int, target: Int,
    gradient: UnsafeMutablePointer<Float>? = nil
  ) -> Double {
    precondition(
      outputs.count >= Self.leastOutputs, "the targeted ratio of logits compares four outputs or more")
    if outputs.contains(where: \.isNaN) {
      return LogitRatio.undefined(outputs.count, gradient: gradient)
    }
    let order = LogitRatio.leaders(outputs)
    let ratio = LogitRatio(
      label: label, rival: target, largest: order[0], reference: (order[2], order[3]))
    return ratio(outputs, gradient: gradient)
  }
}
