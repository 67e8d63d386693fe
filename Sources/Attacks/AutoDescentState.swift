import Tensors

/// What Auto-PGD keeps of the samples of a micro-batch from step to step.
final class AutoDescentState {
  var rows: [AutoDescentRow]
  /// The iterates before the current ones.
  let previous: AlignedBuffer<Float>
  /// The iterates of highest loss so far, and the gradients there.
  let best: AlignedBuffer<Float>
  let bestGradient: AlignedBuffer<Float>
  /// The sum of the gradients of several passes; made where a model is randomised.
  private(set) lazy var gradientSum = AlignedBuffer<Float>(count: best.count)

  init(capacity: Int, imageElements: Int) {
    rows = Array(repeating: AutoDescentRow(), count: capacity)
    previous = AlignedBuffer(count: capacity * imageElements)
    best = AlignedBuffer(count: capacity * imageElements)
    bestGradient = AlignedBuffer(count: capacity * imageElements)
  }

  func reset() {
    for row in rows.indices { rows[row] = AutoDescentRow() }
  }
}

/// Auto-PGD's record of one sample: how its loss went, and how it steps on.
struct AutoDescentRow {
  /// Whether an iterate was misclassified; the sample stays there.
  var isBroken = false
  /// The loss of the current iterate.
  var loss = 0.0
  private(set) var bestLoss = 0.0
  private(set) var stepSize: Float = 0
  /// Whether the next step starts from the best iterate, with the gradient there.
  var restartsFromBest = false
  /// The share of pixels that a step in an l1 ball goes to.
  private(set) var keptShare = 0.2

  private var lossBefore = 0.0
  private var rises = 0
  private var bestLossAtCheckpoint = 0.0
  private var wasHalved = true
  /// The changed pixels of the best iterate at the last checkpoint.
  private var support = 0

  /// Begins a stage at an iterate whose loss is known.
  ///
  /// - Parameters:
  ///   - stepSize: The length of the first steps.
  ///   - support: The changed pixels of an l1 iterate that a step's share is made from; nil for the published share.
  mutating func begin(stepSize: Float, support: Int?, of elements: Int) {
    self.stepSize = stepSize
    bestLoss = loss
    lossBefore = loss
    bestLossAtCheckpoint = loss
    rises = 0
    wasHalved = true
    restartsFromBest = false
    keptShare = support.map { Double($0) / Double(elements) / 1.5 } ?? 0.2
    self.support = support ?? elements
  }

  /// Takes note of the loss after a step; gives whether it is the highest so far.
  mutating func didStep() -> Bool {
    if loss > lossBefore { rises += 1 }
    lossBefore = loss
    if loss > bestLoss {
      bestLoss = loss
      return true
    }
    return false
  }

  /// Halves the step at a checkpoint, and goes back to the best iterate, if the loss rose in too few of the period's
  /// steps, or if its maximum did not move since a checkpoint that left the step as it was.
  mutating func adaptStep(period: Int, risingShare: Double) {
    let oscillates = Double(rises) <= risingShare * Double(period)
    let isStuck = !wasHalved && bestLossAtCheckpoint >= bestLoss
    wasHalved = oscillates || isStuck
    rises = 0
    bestLossAtCheckpoint = bestLoss
    if wasHalved {
      stepSize /= 2
      restartsFromBest = true
    }
  }

  /// Adapts step and sparsity at a checkpoint in an l1 ball: where the best iterate changes fewer pixels than before,
  /// long steps start from there again, else steps get shorter.
  mutating func adaptSparsity(support: Int, of elements: Int, radius: Float) {
    let isSparser = Double(support) < 0.95 * Double(self.support)
    keptShare = Double(support) / Double(elements) / 1.5
    stepSize = isSparser ? radius : max(stepSize / 1.5, radius / 10)
    self.support = support
    restartsFromBest = isSparser
  }

  /// The pixels that a step in an l1 ball goes to.
  func kept(of elements: Int) -> Int {
    elements - min(max(Int((1 - keptShare) * Double(elements)), 0), elements - 1)
  }
}
