import Testing

/// A run whose bits may not depend on how wide it runs.
struct BitIdentityCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let configuration: String
  /// Whether the weights of some steps may be those of others: averages move at the ends of epochs only, and guards
  /// go back.
  let hasRepeats: Bool

  /// Batches of 56, 56 and 13 samples in micro-batches of 8: the last one is no multiple of a micro-batch, and
  /// too small for four ranks.
  ///
  /// - Parameters:
  ///   - name: what it is about.
  ///   - sections: the sections of the configuration that make it so.
  ///   - data: the keys of section data.
  ///   - batch: the section batch.
  ///   - epochs: the number of epochs.
  ///   - hasRepeats: whether the weights of some steps may be those of others.
  init(
    _ name: String, data: String = "samples: 145, testSamples: 43, validation: 20",
    batch: String = "{size: 56, microbatch: 8}", epochs: Int = 2, hasRepeats: Bool = false,
    _ sections: String
  ) {
    testDescription = name
    self.hasRepeats = hasRepeats
    configuration = """
      data: {name: synthetic, \(data)}
      batch: \(batch)
      epochs: \(epochs)
      checkpoint: {everySteps: 1, keep: 100}
      evaluation: {attack: {name: pgd, steps: 2}, final: [{name: pgd, steps: 2, restarts: 2}]}
      \(sections)
      """
  }

  /// Each model, method, optimizer and schedule at least once.
  static let all = [
    Self(
      "lenet with dropout, standard, adam",
      """
      model: {name: lenet}
      training: {method: standard}
      optimizer: {name: adam, weightDecay: 0.001}
      """),
    Self(
      "lenet with dropout under attack, fgsm, adamw",
      """
      model: {name: lenet}
      training: {method: fgsm, attackMode: training}
      optimizer: {name: adamw}
      schedule: {name: cosine, learningRate: 0.002, minimum: 0.0001, warmup: 0.5}
      """),
    Self(
      "cnn-small, fgsm-rs, Nesterov momentum",
      """
      model: {name: cnn-small}
      training: {method: fgsm-rs}
      optimizer: {name: sgd, momentum: 0.9, nesterov: true, weightDecay: 0.0005}
      schedule: {name: piecewise, learningRate: 0.05, milestones: [0.5, 1]}
      """),
    Self(
      "cnn-small, pgd in linf with restarts, adam",
      """
      model: {name: cnn-small}
      training: {method: pgd, steps: 3, restarts: 2}
      """),
    Self(
      "cnn-madry, pgd in linf on the margin loss, momentum",
      data: "samples: 21, testSamples: 9", batch: "{size: 14, microbatch: 4}",
      """
      model: {name: cnn-madry}
      training: {method: pgd, steps: 2, lossFunction: margin}
      optimizer: {name: sgd}
      schedule: {name: constant, learningRate: 0.01}
      """),
    Self(
      "cnn-trades on colour images, pgd in l2, adam",
      data: "samples: 27, testSamples: 11, shape: [3, 32, 32]", batch: "{size: 14, microbatch: 4}",
      """
      model: {name: cnn-trades}
      threat: {norm: l2, epsilon: 1}
      training: {method: pgd, steps: 2}
      """),
    Self(
      "mlp, pgd in l2 without a start, adamw",
      """
      model: {name: mlp, hidden: [33, 17]}
      threat: {norm: l2, epsilon: 1.5}
      training: {method: pgd, steps: 3, randomStart: false}
      optimizer: {name: adamw, weightDecay: 0.1}
      """),
    Self(
      "logistic-regression, fgsm, momentum",
      """
      model: {name: logistic-regression}
      training: {method: fgsm}
      optimizer: {name: sgd, momentum: 0.5}
      schedule: {name: constant, learningRate: 0.1}
      """),
    Self(
      "logistic-regression on micro-batches of one, standard, adam",
      batch: "{size: 11, microbatch: 1}",
      """
      model: {name: logistic-regression, bias: false}
      training: {method: standard}
      """),
    Self(
      "linear-binary, the exact worst case in l2, hinge",
      data: "samples: 300, testSamples: 99, validation: 20, classes: [3, 8]",
      batch: "{size: 24, microbatch: 5}",
      """
      model: {name: linear-binary}
      threat: {norm: l2, epsilon: 0.5, box: false}
      training: {method: exact, lossFunction: hinge}
      """),
    Self(
      "linear-binary, soft-margin SVM, Nesterov momentum",
      data: "samples: 300, testSamples: 99, validation: 20, classes: [3, 8]",
      batch: "{size: 24, microbatch: 5}",
      """
      model: {name: linear-binary}
      training: {method: soft-margin-svm}
      optimizer: {name: sgd, momentum: 0.9, nesterov: true}
      schedule: {name: constant, learningRate: 0.05}
      """),
  ]
}
