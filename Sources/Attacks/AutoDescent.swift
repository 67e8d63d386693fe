import Kernels
import Networks
import Tensors

/// One run of Auto-PGD on a micro-batch: steps, and what is learned from them, for every sample by itself.
struct AutoDescent {
  private let attack: AutoProjectedGradientDescent
  private let batch: AttackBatch
  private let model: any DifferentiableClassifier
  private let context: AttackContext
  private let state: AutoDescentState
  /// The passes whose gradients are added up.
  private let samples: Int
  private var pass = 0

  init(
    _ attack: AutoProjectedGradientDescent, _ batch: AttackBatch, _ model: any DifferentiableClassifier,
    _ context: AttackContext
  ) {
    precondition(
      model.outputCount >= attack.leastOutputs,
      "\(attack.name) on \(model.outputCount) outputs: it needs \(attack.leastOutputs)")
    self.attack = attack
    self.batch = batch
    self.model = model
    self.context = context
    state = batch.autoDescent
    state.reset()
    // Passes that are all the same need no mean.
    samples = context.trainingMode ? attack.gradientSamples : 1
  }

  /// Performs a stage's steps from the iterates in `model.images`, and leaves the best there, or what broke a sample.
  ///
  /// - Parameter isLast: Whether iterates are in the ball that is asked for, so that they break samples.
  mutating func climb(_ stage: AutoDescentStage, in ball: Ball, isLast: Bool) throws {
    var schedule = AutoDescentSchedule(steps: stage.steps, norm: attack.threat.norm)
    try evaluate(wantsGradient: stage.steps > 0, canBreak: isLast)
    forEachActive { begin(stage, $0) }
    for step in 0..<stage.steps {
      if state.rows.prefix(batch.count).allSatisfy(\.isBroken) { return }
      forEachActive { move($0, ball, isFirst: step == 0) }
      let isLastStep = step == stage.steps - 1
      try evaluate(wantsGradient: !isLastStep, canBreak: isLast)
      forEachActive { if state.rows[$0].didStep() { keepBest($0) } }
      if let period = schedule.finishStep() {
        forEachActive { adapt($0, period: period, radius: stage.radius) }
      }
    }
    forEachActive { image($0).update(from: best($0), count: batch.imageElements) }
  }

  private func forEachActive(_ body: (Int) -> Void) {
    for row in 0..<batch.count where !state.rows[row].isBroken { body(row) }
  }

  // MARK: - Places

  private func image(_ row: Int) -> UnsafeMutablePointer<Float> { model.images + row * batch.imageElements }

  private func best(_ row: Int) -> UnsafeMutablePointer<Float> {
    state.best.pointer + row * batch.imageElements
  }

  private func bestGradient(_ row: Int) -> UnsafeMutablePointer<Float> {
    state.bestGradient.pointer + row * batch.imageElements
  }

  /// The gradient at the current iterate, but for a positive factor.
  private func gradient(_ row: Int) -> UnsafePointer<Float> {
    let all = samples > 1 ? UnsafePointer(state.gradientSum.pointer) : model.imageGradient
    return all + row * batch.imageElements
  }

  // MARK: - Losses and gradients

  /// Computes losses and gradients of the current iterates, and marks the samples that they break.
  private mutating func evaluate(wantsGradient: Bool, canBreak: Bool) throws {
    for sample in 0..<samples {
      try model.forward(context.mode(pass: pass))
      pass += 1
      if writeLossGradients(canBreak: canBreak && sample == samples - 1) == 0 { return }
      guard wantsGradient else { continue }
      try model.backwardImages()
      if samples > 1 { addGradient(isFirst: sample == 0) }
    }
  }

  /// Writes the gradients by the outputs; gives the number of samples that need one.
  private func writeLossGradients(canBreak: Bool) -> Int {
    var active = 0
    for row in 0..<batch.capacity {
      let gradient = model.outputGradient + row * model.outputCount
      if row < batch.count && !state.rows[row].isBroken {
        let outputs = model.outputs(of: row)
        state.rows[row].loss = loss(outputs, row, gradient)
        state.rows[row].isBroken = canBreak && predictedClass(outputs) != batch.labels[row]
        if !state.rows[row].isBroken {
          active += 1
          continue
        }
        model.rest(row)
      }
      gradient.update(repeating: 0, count: model.outputCount)
    }
    return active
  }

  private func loss(
    _ outputs: UnsafeBufferPointer<Float>, _ row: Int, _ gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    if attack.targetClasses == nil {
      return attack.loss(outputs, label: batch.labels[row], gradient: gradient)
    }
    return TargetedLogitRatio()(
      outputs, label: batch.labels[row], target: batch.targets[row], gradient: gradient)
  }

  private func addGradient(isFirst: Bool) {
    let sum = state.gradientSum
    if isFirst {
      sum.pointer.update(from: model.imageGradient, count: sum.count)
    } else {
      Passes.selected.add(sum.pointer, model.imageGradient, sum.count)
    }
  }

  // MARK: - Steps

  private func begin(_ stage: AutoDescentStage, _ row: Int) {
    let isSparse = attack.threat.norm == .l1
    keepBest(row)
    state.rows[row].begin(
      stepSize: isSparse ? stage.radius : 2 * stage.radius,
      support: isSparse && attack.shrinksRadius ? support(row) : nil, of: batch.imageElements)
  }

  private func keepBest(_ row: Int) {
    best(row).update(from: image(row), count: batch.imageElements)
    bestGradient(row).update(from: gradient(row), count: batch.imageElements)
  }

  /// Moves an iterate along its gradient, and on in the direction of its last step.
  private func move(_ row: Int, _ ball: Ball, isFirst: Bool) {
    let count = batch.imageElements
    let image = image(row)
    let record = state.rows[row]
    let gradient = record.restartsFromBest ? UnsafePointer(bestGradient(row)) : gradient(row)
    state.rows[row].restartsFromBest = false
    if attack.threat.norm == .l1 {
      ball.sparseStep(image, along: gradient, by: record.stepSize, keeping: record.kept(of: count), row)
      return
    }
    let ahead = batch.scratch.pointer
    ahead.update(from: image, count: count)
    ball.step(ahead, along: gradient, by: record.stepSize, row)
    let previous = state.previous.pointer + row * count
    if isFirst {
      previous.update(from: image, count: count)
      image.update(from: ahead, count: count)
      return
    }
    let novelty = AutoProjectedGradientDescent.novelty
    for j in 0..<count {
      let current = image[j]
      image[j] = current + (ahead[j] - current) * novelty + (current - previous[j]) * (1 - novelty)
      previous[j] = current
    }
    ball.project(image, row)
  }

  private func adapt(_ row: Int, period: Int, radius: Float) {
    if attack.threat.norm == .l1 {
      state.rows[row].adaptSparsity(support: support(row), of: batch.imageElements, radius: radius)
    } else {
      state.rows[row].adaptStep(period: period, risingShare: AutoProjectedGradientDescent.risingShare)
    }
    if state.rows[row].restartsFromBest { image(row).update(from: best(row), count: batch.imageElements) }
  }

  /// The pixels that the best iterate changes.
  private func support(_ row: Int) -> Int {
    let (best, clean) = (best(row), batch.image(row))
    var changed = 0
    for j in 0..<batch.imageElements where best[j] != clean[j] { changed += 1 }
    return changed
  }
}
