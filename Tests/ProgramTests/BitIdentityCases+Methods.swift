extension BitIdentityCase {
  /// Methods that take several gradients or carry something from step to step, and what is wrapped around methods.
  static let methods = [
    Self(
      "a residual network, trades, batch normalization of the micro-batch under attack, moving average",
      data: "samples: 145, testSamples: 13, validation: 10, shape: [3, 16, 16]",
      """
      model: {name: wrn-10-1, mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.3, 0.25]}
      training: {method: trades, steps: 2}
      attack: {batchNormalization: training}
      averaging: {method: ema, decay: 0.7}
      optimizer: {name: sgd, momentum: 0.9}
      schedule: {name: constant, learningRate: 0.05}
      """),
    Self(
      "a residual network with swish, pgd, perturbed weights",
      data: "samples: 145, testSamples: 13, validation: 10, shape: [3, 8, 8]",
      """
      model: {name: wrn-10-2, activation: swish}
      training: {method: pgd, steps: 2}
      weightPerturbation: {gamma: 0.01}
      optimizer: {name: sgd, momentum: 0.9}
      schedule: {name: constant, learningRate: 0.05}
      """),
    Self(
      "mlp, free in linf, moving average, perturbed weights",
      """
      model: {name: mlp, hidden: [19]}
      training: {method: free, replays: 2}
      weightPerturbation: {gamma: 0.01, warmup: 0.5}
      averaging: {method: ema, decay: 0.7}
      optimizer: {name: sgd}
      schedule: {name: constant, learningRate: 0.05}
      """),
    Self(
      "cnn-small, free in l2, labels smoothed, gradients clipped", batch: "{size: 56, microbatch: 9}",
      """
      model: {name: cnn-small}
      threat: {norm: l2, epsilon: 1}
      training: {method: free, replays: 3, labelSmoothing: 0.1}
      optimizer: {name: adam, clipNorm: 0.5}
      """),
    Self(
      "lenet with dropout, trades in linf, perturbed weights, average of epochs", hasRepeats: true,
      """
      model: {name: lenet}
      training: {method: trades, steps: 2, attackMode: training}
      weightPerturbation: {gamma: 0.01}
      averaging: {method: swa, from: 1}
      """),
    Self(
      "mlp, trades in l2, moving average from the middle of an epoch",
      """
      model: {name: mlp, hidden: [19]}
      threat: {norm: l2, epsilon: 1}
      training: {method: trades, steps: 2, beta: 1, epsilonWarmup: 1.5}
      averaging: {method: ema, decay: 0.5, from: 0.5}
      """),
    Self(
      "cnn-small, mart in linf, labels smoothed",
      """
      model: {name: cnn-small}
      training: {method: mart, steps: 2, labelSmoothing: 0.1}
      """),
    Self(
      "mlp, mart in l2, gradients clipped",
      """
      model: {name: mlp, hidden: [19]}
      threat: {norm: l2, epsilon: 1}
      training: {method: mart, steps: 2, stepSize: 0.5}
      optimizer: {name: sgd, clipNorm: 0.2}
      schedule: {name: constant, learningRate: 0.1}
      """),
    Self(
      "mlp, free with crops and flips, perturbed weights",
      data: "samples: 145, testSamples: 43, validation: 20, augmentation: {crop: 3, flip: true}",
      """
      model: {name: mlp, hidden: [19]}
      training: {method: free, replays: 2}
      weightPerturbation: {gamma: 0.01}
      """),
    Self(
      "cnn-small on colour images, trades with crops and flips",
      data: "samples: 145, testSamples: 43, shape: [3, 10, 14], augmentation: {crop: 2, flip: true}",
      batch: "{size: 56, microbatch: 9}",
      """
      model: {name: cnn-small}
      training: {method: trades, steps: 2}
      """),
    Self(
      "mlp, interval bounds with a ramp, average", data: "samples: 145, testSamples: 43, validation: 20",
      """
      model: {name: mlp, hidden: [19, 12], initialization: ibp}
      training: {method: ibp, epsilon: 0.15, rampStart: 0.5, rampLength: 1.2, kappaEnd: 0}
      averaging: {method: ema, decay: 0.6}
      """),
    Self(
      "cnn-small, interval bounds, perturbed weights, gradients clipped",
      """
      model: {name: cnn-small}
      training: {method: ibp, rampLength: 1.5, ramp: smooth}
      weightPerturbation: {gamma: 0.01, warmup: 0.5}
      optimizer: {name: adam, clipNorm: 5}
      """),
    Self(
      "cnn-ibp-small, linear bounds in a mixture", batch: "{size: 56, microbatch: 9}",
      """
      model: {name: cnn-ibp-small, initialization: ibp}
      training: {method: crown-ibp, rampStart: 0.3, rampLength: 1.5, betaEnd: 0.2}
      """),
    Self(
      "cnn-trades with dropout and pooling, interval bounds",
      data: "samples: 27, testSamples: 11, validation: 6", batch: "{size: 14, microbatch: 4}", epochs: 3,
      """
      model: {name: cnn-trades}
      training: {method: ibp, rampStart: 1, rampLength: 1}
      """),
    Self(
      "logistic-regression, noise, perturbed weights",
      """
      model: {name: logistic-regression}
      training: {method: noise, sigma: 0.5}
      weightPerturbation: {gamma: 0.05}
      """),
    Self(
      "mlp, pgd mixed with clean samples, guards that go back, average", hasRepeats: true,
      """
      model: {name: mlp, hidden: [19]}
      threat: {epsilon: 0.3}
      training: {method: pgd, steps: 2, cleanFraction: 0.4, epsilonWarmup: 1}
      averaging: {method: ema, decay: 0.6}
      schedule: {name: constant, learningRate: 0.01}
      guards:
        catastrophicOverfitting: {action: more-steps, perEpoch: 3, samples: 20, gap: 0.05, steps: 4, limit: 100}
        robustOverfitting: {action: stop, patience: 5}
        nonFinite: {action: skip}
        lossSpike: {action: skip, factor: 2}
      """),
  ]
}
