public import Networks

/// Attacks that run one behind the other, each on the samples that those before it left.
///
/// An evaluation reports the members as stages. As a single attack, its restarts are those of its members in their
/// order.
public struct AttackEnsemble: Attack {
  /// The name in configurations and results.
  public let name: String
  /// Which of the compositions of that name it is; nil where there is one only.
  public let version: String?
  /// The attacks in their order, all within the same threat model.
  public let members: [any Attack]

  /// Creates an ensemble.
  ///
  /// - Precondition: there is a member, and all have the same threat model.
  public init(name: String, version: String? = nil, members: [any Attack]) {
    precondition(!members.isEmpty, "an ensemble without members")
    precondition(
      members.allSatisfy { $0.threat == members[0].threat },
      "the members of \(name) differ in their threat model")
    self.name = name
    self.version = version
    self.members = members
  }

  /// The set that the adversarial examples stay in.
  public var threat: ThreatModel { members[0].threat }
  /// The runs of all members.
  public var restarts: Int { members.reduce(0) { $0 + $1.restarts } }
  /// The forward passes of the longest run.
  public var forwardPasses: Int { members.map(\.forwardPasses).max() ?? 0 }
  /// Whether any member uses gradients.
  public var usesGradients: Bool { members.contains(where: \.usesGradients) }
  /// Members differ in more than their random numbers.
  public var restartsAreRepeats: Bool { false }

  /// Runs the member that restart number `restart` belongs to.
  public func run(
    _ batch: AttackBatch, on model: any DifferentiableClassifier, restart: Int, _ context: AttackContext
  ) throws {
    var restart = restart
    for member in members {
      if restart < member.restarts {
        return try member.run(batch, on: model, restart: restart, context)
      }
      restart -= member.restarts
    }
    preconditionFailure("\(name) has no restart that many")
  }
}

extension AttackEnsemble {
  /// Name, version, threat model and members with their restarts.
  var ensembleLabel: String {
    let list = members.map { $0.restarts == 1 ? $0.name : "\($0.name) x\($0.restarts)" }
    return
      "\(([name] + [version].compactMap { $0 }).joined(separator: " ")) (\(threat.norm.rawValue), epsilon "
      + "\(threat.epsilon): \(list.joined(separator: ", ")))"
  }
}

extension Attack {
  /// The attacks that samples meet one behind the other: the members of an ensemble, or the attack itself.
  public var stages: [any Attack] { (self as? AttackEnsemble)?.members ?? [self] }
}
