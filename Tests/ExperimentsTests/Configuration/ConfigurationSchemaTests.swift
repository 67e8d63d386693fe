import Experiments
import Foundation
import Testing
import Yams

@Suite("The schema of configurations")
struct ConfigurationSchemaTests {
  private let validator: SchemaValidator

  init() throws {
    validator = try SchemaValidator(ConfigurationSchema().json)
  }

  private func isAccepted(_ yaml: String) throws -> Bool {
    // As editors read YAML 1.2, where `on` is no truth value.
    let resolver = try Resolver.default.replacing(.bool, with: "^(?:true|false)$")
    return try validator.accepts(try #require(try Yams.load(yaml: yaml, resolver)))
  }

  @Test(
    "The copy beside the configurations is what the program prints: holdfast config schema > configs/schema.json"
  )
  func committed() throws {
    let file = configurationFolder.appendingPathComponent("schema.json")
    #expect(try String(contentsOf: file, encoding: .utf8) == ConfigurationSchema().json)
  }

  @Test(
    "Every configuration that comes with the program satisfies it, and names it for editors",
    arguments: shippedConfigurations)
  func shipped(file: String) throws {
    let url = configurationFolder.appendingPathComponent(file)
    let text = try String(contentsOf: url, encoding: .utf8)

    #expect(try isAccepted(text))
    #expect(text.hasPrefix("# yaml-language-server: $schema=schema.json\n"))
    // What is written out resolved satisfies it too.
    #expect(try isAccepted(ExperimentConfiguration(file: url.path).resolvedYAML))
  }

  @Test(
    "What the program accepts the schema accepts",
    arguments: [
      "{}", "name: no", "name: 2024", "seed: 18446744073709551615", "seed: '7'", "threat: {epsilon: '8/255'}",
      "threat: {epsilon: 8/255}", "threat: {epsilon: 1 / 3}", "threat: {epsilon: .5}", "threat: {epsilon: 0}",
      "optimizer: {epsilon: 1e-8}", "schedule: {peak: 5.0e-03}",
      "threat: {norm: l2, epsilon: 1/3, box: false}", "data: {path: '~'}",
      "data: {name: synthetic, samples: 7, testSamples: 3, shape: [3, 8, 9], classCount: 4, noise: 0.1}",
      "data: {name: cifar100, augmentation: {crop: 4, flip: true}}",
      "{data: {classes: [8, 3]}, model: {name: linear-binary, bias: false}, training: {method: soft-margin-svm}}",
      "model: {name: wrn-16-4, activation: swish}",
      "model: {name: preact-resnet18, mean: [0.5], deviation: [1/4]}",
      "model: {name: mlp, hidden: [300, 100]}", "training: {method: free, replays: 4, labelSmoothing: 0.1}",
      "{training: {method: mart, attackMode: training}, averaging: {method: ema, decay: 0.99, from: 0.5}}",
      "guards: {catastrophicOverfitting: {action: smaller-step, factor: 1/2}, robustOverfitting: {action: stop}}",
      "{optimizer: {name: sgd, momentum: 0.8, nesterov: true}, schedule: {peak: 0.2, peakAt: 1/3}}",
      "schedule: {name: piecewise, milestones: [1.5, 3], factor: 0.2, warmup: 0.5}",
      "evaluation: {everyEpochs: 0, on: rank0, attack: none, final: []}",
      "evaluation: {attack: {name: pgd, steps: 50, restarts: 10}}", "evaluation: {attack: {steps: 7}}",
      "evaluation: {final: [autoattack, {name: autoattack, version: rand, steps: 7}, {name: square, queries: 9}]}",
    ])
  func sound(yaml: String) throws {
    #expect(throws: Never.self) { try configuration(yaml) }
    #expect(try isAccepted(yaml))
  }

  @Test(
    "What the program refuses of one section the schema refuses",
    arguments: [
      "epoch: 3", "epochs: 0", "epochs: many", "epochs: 1.5", "epochs: [1]", "epochs:", "name: a/b",
      "name: [x]",
      "seed: -1", "data: mnist", "data: {name: minst}", "data: {name: mnist, samples: 5}",
      "data: {samples: 5}", "data: {name: synthetic, path: here}", "data: {validation: -1}",
      "data: {classes: [3]}", "data: {classes: [3, 300]}", "data: {augmentation: {crop: 4, flop: true}}",
      "data: {augmentation: {flip: 1}}", "model: {name: mlp, hidden: []}", "model: {hidden: [10]}",
      "model: {name: lenet, bias: true}", "model: {name: wrn-5}", "model: {name: lenet, activation: swish}",
      "batch: {size: 0}", "optimizer: {name: adam, momentum: 0.9}",
      "optimizer: {momentum: 0.9}", "optimizer: {name: sgd, beta1: 0.5}", "optimizer: {beta1: 1}",
      "optimizer: {epsilon: 0}", "schedule: {name: piecewise}", "schedule: {milestones: [5]}",
      "schedule: {name: piecewise, milestones: 5}", "threat: {epsilon: -0.1}", "threat: {epsilon: -8/255}",
      "threat: {epsilon: 1/2/3}", "threat: {epsilon: much}", "threat: {norm: l2}",
      "threat: {box: maybe}", "training: {method: fgsm, steps: 3}", "training: {method: pgd, replays: 3}",
      "training: {replays: 3}", "training: {method: trades, lossFunction: margin}",
      "training: {stepsize: 0.1}",
      "weightPerturbation: {gamma: -1}", "averaging: {decay: 0.5}", "averaging: {method: swa, decay: 0.5}",
      "guards: {catastrophicOverfitting: {gap: 0.5}}", "guards: {lossSpike: {action: skip, factor: 0}}",
      "guards: {nonFinite: {action: none}}", "evaluation: {attack: pdg}", "evaluation: {final: fgsm}",
      "evaluation: {attack: {name: fgsm, steps: 3}}",
      "evaluation: {final: [{name: noise, lossFunction: dlr}]}",
      "evaluation: {attack: {name: square, stepSize: 0.1}}", "checkpoint: {keep: 0}",
      "watchdog: {seconds: -1}",
    ])
  func damaged(yaml: String) throws {
    #expect(throws: ConfigurationError.self) { try configuration(yaml) }
    #expect(try !isAccepted(yaml))
  }

  @Test("Every key is there with its documentation, and choices with all their names")
  func complete() throws {
    let json = ConfigurationSchema().json

    for key in ExperimentConfiguration.keys {
      #expect(
        json.contains("\"description\": \"\(key.documentation.replacing("\"", with: "\\\""))\""),
        "\(key.path)")
      for name in key.allowed { #expect(json.contains("\"\(name)\"")) }
    }
  }
}
