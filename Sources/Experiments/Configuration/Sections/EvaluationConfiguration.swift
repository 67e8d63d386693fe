/// When and how robustness is measured (section `evaluation`).
public struct EvaluationConfiguration: Codable, Equatable, Sendable {
  /// Who evaluates.
  public enum Placement: String, Codable, ConfigurationChoice {
    /// The samples are spread over all ranks.
    case all
    /// Rank 0 does all of it.
    case rank0
  }

  /// What chooses the best checkpoint.
  public enum Validation: String, Codable, ConfigurationChoice {
    /// Accuracy under the attack.
    case attack
    /// The share that interval bounds verify.
    case bounds
  }

  /// Every how many epochs; 0 for never.
  public var everyEpochs: Int
  /// Who evaluates.
  public var on: Placement
  /// What chooses the best checkpoint.
  public var validateBy: Validation
  /// The attack that is run during training.
  public var attack: AttackConfiguration
  /// The attacks that are run on the test set at the end, independent of each other.
  public var final: [AttackConfiguration]

  init(reading reader: ConfigurationReader, epsilon: Double, isBinary: Bool, usesBounds: Bool) {
    func attack(_ value: ConfigurationValue?, _ path: String) -> AttackConfiguration {
      AttackConfiguration(
        reading: ConfigurationReader(value?.expandingName, path: path, problems: reader.problems),
        epsilon: epsilon, isBinary: isBinary)
    }

    everyEpochs = reader.integer(
      "everyEpochs", default: 1, in: 0...1_000_000, "Epochs between evaluations; 0 for none.")
    on = reader.choice("on", default: .all, "Whether all ranks evaluate or rank 0 alone.")
    validateBy = reader.choice(
      "validateBy", default: usesBounds ? .bounds : .attack,
      "Whether accuracy under the attack chooses the best checkpoint, or what interval bounds verify.")
    self.attack = attack(
      reader.nested(
        "attack", type: "an attack", kind: .attack,
        "The attack during training; it chooses the best checkpoint."),
      "evaluation.attack")

    let value = reader.nested(
      "final", type: "a list of attacks", kind: .attacks, "The attacks on the test set at the end.")
    switch value?.content {
    case nil:
      final = [AttackConfiguration.Name.fgsm, .pgd].map { name in
        let word = ConfigurationValue(.scalar(name.rawValue, isPlain: true), origin: .commandLine)
        return attack(word, "evaluation.final[]")
      }
    case .list(let list) where list.count <= 64:
      final = list.enumerated().map { index, value in
        let path = "evaluation.final[\(index)]"
        reader.problems.locate(path, at: value.origin)
        return attack(value, path)
      }
    case .list(let list):
      reader.report("final", "has \(list.count) attacks; 64 is the most")
      final = []
    case .scalar, .section:
      reader.report("final", "has to be a list of attacks such as [fgsm, pgd], not \(value?.summary ?? "")")
      final = []
    }
    reader.finish()
  }

  /// - Parameter usesBounds: Whether training does, so that bounds validate where nothing is said.
  func fields(usesBounds: Bool) -> [ResolvedField] {
    // What is switched off is left out: a run from before it existed is the same run.
    let isSaid = usesBounds || validateBy == .bounds
    let validation = isSaid ? [ResolvedField("validateBy", .choice(validateBy))] : []
    return [
      ResolvedField("everyEpochs", .number(everyEpochs)), ResolvedField("on", .choice(on)),
    ] + validation + [
      ResolvedField("attack", .section(attack.fields)),
      ResolvedField("final", .list(final.map { .section($0.fields) })),
    ]
  }

  /// Every attack with its key path.
  var attacks: [(keyPath: String, attack: AttackConfiguration)] {
    [("evaluation.attack", attack)]
      + final.enumerated().map { ("evaluation.final[\($0.offset)]", $0.element) }
  }
}

extension ConfigurationValue {
  /// `{name: pgd}` for the bare name `pgd`.
  fileprivate var expandingName: ConfigurationValue {
    guard case .scalar = content, !isNull else { return self }
    return ConfigurationValue(.section([Entry(key: "name", origin: origin, value: self)]), origin: origin)
  }
}
