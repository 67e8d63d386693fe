import Experiments
import Foundation
import Testing

struct ConfigurationRoundTripTests {
  @Test(
    "The configurations that come with the program are read and bear their file's name",
    arguments: shippedConfigurations)
  func shipped(file: String) throws {
    let path = configurationFolder.appendingPathComponent(file).path

    let run = try ExperimentConfiguration(file: path)

    #expect(run.name + ".yaml" == file)
    try expectRoundTrip(run)
  }

  @Test("All methods of the exercise and the quick start have a configuration")
  func completeness() {
    let expected = [
      "lab-lenet-fgsm", "lab-lenet", "lab-logistic", "linear-exact-l2", "linear-exact-linf", "linear-svm",
      "mnist-fgsm-rs", "mnist-fgsm", "mnist-free", "mnist-mart", "mnist-noise", "mnist-pgd", "mnist-pgd-awp",
      "mnist-trades-cnn-trades", "mnist-standard", "quickstart",
    ]
    #expect(Set(shippedConfigurations).isSuperset(of: expected.map { $0 + ".yaml" }))
  }

  @Test(
    "What is resolved reads back as an equal value",
    arguments: [
      "{}", "seed: 18446744073709551615", "name: 'on'", "name: '1e5'", "threat: {epsilon: 0}",
      "threat: {norm: l2, epsilon: 1/3, box: false}",
      "data: {path: 'a # b: \"c\" \\d é \u{200B}\t*x &y'}", "data: {path: '~'}", "data: {path: 'null'}",
      "data: {name: synthetic, samples: 7, testSamples: 3, shape: [3, 8, 9], classCount: 4, noise: 0.1}",
      "{data: {classes: [3, 8]}, model: {name: linear-binary, bias: false}, training: {method: soft-margin-svm}}",
      "{data: {classes: [8, 3]}, model: {name: linear-binary}, training: {method: exact, lossFunction: hinge}}",
      "model: {name: mlp, hidden: [300, 100]}",
      "data: {name: cifar100, augmentation: {crop: 4, flip: true}}", "data: {augmentation: {flip: true}}",
      "training: {method: free, replays: 4, labelSmoothing: 0.1}",
      "{training: {method: trades, beta: 1, steps: 40, stepSize: 0.01}, optimizer: {clipNorm: 1}}",
      "{training: {method: mart, attackMode: training}, averaging: {method: ema, decay: 0.99, from: 0.5}}",
      "{training: {method: noise, sigma: 0.5}, averaging: {method: swa, from: 5}}",
      "training: {method: fgsm, cleanFraction: 0.5, epsilonWarmup: 2}",
      "{weightPerturbation: {gamma: 0.01, warmup: 1}, guards: {nonFinite: {action: skip}, skipLimit: 3}}",
      "guards: {catastrophicOverfitting: {action: smaller-step}, robustOverfitting: {action: stop}}",
      "guards: {catastrophicOverfitting: {action: more-steps, gap: 0.1}, lossSpike: {action: skip, factor: 3}}",
      "{optimizer: {name: sgd, momentum: 0.8, nesterov: true}, schedule: {peak: 0.2, peakAt: 1/3}}",
      "schedule: {name: piecewise, milestones: [1.5, 3], factor: 0.2, warmup: 0.5}",
      "{optimizer: {name: adamw}, schedule: {name: cosine, minimum: 1e-6, warmup: 1}}",
      "evaluation: {everyEpochs: 0, on: rank0, attack: none, final: []}",
      "evaluation: {final: [autoattack, {name: autoattack, version: rand, steps: 7}, {name: autoattack, queries: 9}]}",
      "evaluation: {final: [none, noise, {name: noise, restarts: 9}, {name: fgsm, targeted: true}, fgsm-rs]}",
    ])
  func resolved(yaml: String) throws {
    try expectRoundTrip(configuration(yaml))
  }

  @Test("Resolved configurations come in the order of the documentation, short sections on one line")
  func layout() throws {
    let yaml = try configuration(
      """
      {name: mnist-pgd, threat: {epsilon: 8/255}, training: {method: fgsm, lossFunction: margin,
       attackMode: training}, evaluation: {on: rank0, final: [{name: noise, restarts: 3}, fgsm]}}
      """
    ).resolvedYAML

    #expect(
      yaml == """
        name: mnist-pgd
        seed: 1
        data: {name: mnist-5k, validation: 500}
        model: {name: cnn-small}
        batch: {size: 128, microbatch: 32}
        epochs: 10
        optimizer: {name: adam, beta1: 0.9, beta2: 0.999, epsilon: 1.0e-08, weightDecay: 0}
        schedule: {name: cyclic, peak: 0.005, peakAt: 0.4}
        threat: {norm: linf, epsilon: 0.03137254901960784, box: true}
        training: {method: fgsm, stepSize: 0.03137254901960784, lossFunction: margin, attackMode: training}
        evaluation:
          everyEpochs: 1
          "on": rank0
          attack:
            name: pgd
            steps: 20
            stepSize: 0.00392156862745098
            randomStart: true
            restarts: 1
            lossFunction: cross-entropy
            targeted: false
          final:
            - {name: noise, restarts: 3}
            - {name: fgsm, stepSize: 0.03137254901960784, lossFunction: cross-entropy, targeted: false}
        checkpoint: {everyEpochs: 1, everySteps: 200, keep: 3}
        watchdog:
          seconds: 30
          startUpSeconds: 600
          evaluationSeconds: 300
          savingSeconds: 300
          compareWeightsEvery: 100

        """)
  }

  @Test("JSON keeps a configuration as it is")
  func json() throws {
    let run = try configuration("{data: {classes: [1, 2]}, schedule: {name: constant, warmup: 1}}")

    let data = try JSONEncoder().encode(run)

    #expect(try JSONDecoder().decode(ExperimentConfiguration.self, from: data) == run)
  }

  private func expectRoundTrip(_ run: ExperimentConfiguration) throws {
    let text = run.resolvedYAML
    let again = try ExperimentConfiguration(yaml: Array(text.utf8), source: "resolved.yaml")

    #expect(again == run)
    #expect(again.resolvedYAML == text)
    #expect(again.identityFields == run.identityFields)
  }
}
