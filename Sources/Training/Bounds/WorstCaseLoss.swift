import Attacks
import Kernels
import Networks
import Tensors

/// A weighted loss of the worst-case outputs for all images of a threat.
struct WorstCaseLoss {
  let loss: TrainingLoss
  let weight: Double
  let threat: ThreatModel
  /// The share of linear bounds in the worst-case outputs, against interval bounds.
  let beta: Double

  /// Computes the loss of a micro-batch and its gradient.
  ///
  /// - Parameters:
  ///   - relaxations: What computes linear bounds, where beta is not zero.
  ///   - gradient: Overwritten with the gradient by all parameters, summed over the samples.
  /// - Returns: The sum of the weighted losses, and the number of samples that are verified.
  func learn(
    _ batch: AttackBatch, _ intervals: IntervalSession, _ relaxations: RelaxationSession?,
    into gradient: ParameterArena
  ) throws -> (loss: Double, verified: Int) {
    threat.linfSet(
      of: batch.images.pointer, lower: intervals.lower, upper: intervals.upper, count: batch.images.count)
    try intervals.forward(labels: batch.labels)
    intervals.outputGradient.update(repeating: 0, count: batch.capacity * intervals.outputCount)
    var found = (loss: 0.0, verified: 0)
    guard beta > 0, let relaxations else {
      addLosses(batch, 0..<batch.count, intervals, to: &found)
      try intervals.backward(into: gradient)
      return found
    }
    relaxations.begin(intervals)
    for start in stride(from: 0, to: batch.count, by: RelaxationNetwork.samplesTogether) {
      let group = start..<min(start + RelaxationNetwork.samplesTogether, batch.count)
      try relaxations.forward(group, of: intervals, share: beta)
      addLosses(batch, group, intervals, to: &found)
      try relaxations.backward(through: intervals, share: beta)
    }
    try intervals.backward(into: gradient)
    relaxations.end(intervals, addingTo: gradient)
    return found
  }

  private func addLosses(
    _ batch: AttackBatch, _ rows: Range<Int>, _ intervals: IntervalSession,
    to found: inout (loss: Double, verified: Int)
  ) {
    for row in rows {
      if intervals.isVerified(row) { found.verified += 1 }
      let slot = intervals.outputGradient + row * intervals.outputCount
      found.loss +=
        weight * loss(intervals.worstCaseOutputs(of: row), label: batch.labels[row], gradient: slot)
      Passes.selected.scale(slot, by: Float(weight), intervals.outputCount)
    }
  }
}
