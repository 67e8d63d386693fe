import Attacks
import Checkpoints
import DataParallel
import Datasets
import Evaluation
import Foundation
import MessagePassing
import Networks
import Reports
import Tensors
import Training

/// An attack of an evaluation with the threat model it stays in.
struct PlannedAttack {
  let configuration: AttackConfiguration
  let threat: ThreatModel

  /// The attack against a model with so many outputs; nil for `none`.
  func makeAttack(outputs: Int) -> (any Attack)? {
    configuration.makeAttack(threat: threat, outputs: outputs)
  }

  /// Everything that the attack depends on, as text.
  var identity: String {
    let settings = ResolvedValue.section(configuration.fields).leaves().map { "\($0.keyPath) \($0.text)" }
    return "\(threat.norm.rawValue) \(threat.epsilon)\(threat.box ? "" : " without box"): "
      + settings.joined(separator: ", ")
  }

  /// The attacks that a command line asks for, or else those of the run, at every radius.
  ///
  /// - Throws: `ExperimentError.usage`, `ConfigurationError`.
  static func all(
    of options: EvaluateOptions, _ configuration: ExperimentConfiguration
  ) throws -> [PlannedAttack] {
    var threat = configuration.threat
    if let text = options.norm {
      guard let norm = ThreatConfiguration.Norm(rawValue: text) else {
        throw ExperimentError.usage("--norm is \(text) and has to be linf, l2 or l1")
      }
      if norm != threat.norm && options.epsilons.isEmpty {
        throw ExperimentError.usage(
          "--norm \(text) needs --epsilon: the run's \(threat.epsilon) is a radius in \(threat.norm.rawValue)"
        )
      }
      threat.norm = norm
    }
    let selection = try AttackSelection(names: options.attacks, settings: options.attackSettings)
    let radii = try options.epsilons.isEmpty ? [threat.epsilon] : options.epsilons.map(radius)
    return try radii.flatMap { epsilon in
      let planned =
        options.attacks.isEmpty
        ? AttackConfiguration.rescaled(
          configuration.evaluation.final, from: configuration.threat.epsilon, to: epsilon)
        : try selection.attacks(
          epsilon: epsilon, isBinary: configuration.model.isBinary, classes: configuration.data.classCount)
      for attack in planned { try require(attack, fits: configuration) }
      var model = threat.model
      model.epsilon = Float(epsilon)
      return planned.map { PlannedAttack(configuration: $0, threat: model) }
    }
  }

  private static func require(
    _ attack: AttackConfiguration, fits configuration: ExperimentConfiguration
  ) throws {
    if attack.name == .exact, !configuration.model.name.isLinear {
      throw ExperimentError.usage(
        "the attack exact is the closed form of linear models; \(configuration.model.fullName) is none")
    }
  }

  private static func radius(_ text: String) throws -> Double {
    guard let value = ConfigurationNumber.real(text), value >= 0, Float(value).isFinite else {
      throw ExperimentError.usage(
        "--epsilon has \(text), which has to be a number or a fraction from 0 up, such as 0.3 or 8/255")
    }
    return value
  }
}

extension EvaluationIdentity {
  /// What an evaluation of a checkpoint is.
  init(
    checkpoint: String, _ experiment: Experiment, split: String, samples: Int, seed: UInt64,
    attacks: [PlannedAttack]
  ) {
    self.init([
      "checkpoint": checkpoint, "model": experiment.architecture.name, "data": experiment.data.fingerprint,
      "split": split, "samples": "\(samples)", "seed": "\(seed)",
      "attacks": attacks.map(\.identity).joined(separator: "; "),
    ])
  }
}

extension AttackConfiguration {
  /// A run's attacks at another radius: step sizes keep their ratio to it.
  static func rescaled(
    _ attacks: [AttackConfiguration], from old: Double, to new: Double
  ) -> [AttackConfiguration] {
    if old == new { return attacks }
    return attacks.map { attack in
      var attack = attack
      attack.stepSize = old > 0 ? attack.stepSize * new / old : attack.stepSize
      return attack
    }
  }
}
