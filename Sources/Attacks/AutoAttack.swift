/// AutoAttack (Croce and Hein 2020): a parameter-free ensemble of attacks that differ in kind.
///
/// The members, their order and their settings are those of the published implementation. Two things differ: random
/// numbers belong to the sample, so that neither batches nor ranks change a verdict, and Square draws its squares per
/// sample where the published code shares them within a batch.
public struct AutoAttack: Equatable, Sendable {
  /// The compositions that were published.
  public enum Version: String, CaseIterable, Codable, Sendable {
    /// apgd-ce, apgd-t, fab-t, square: what robust accuracies are compared by.
    case standard
    /// apgd-ce and apgd-dlr and fab with five restarts each, square, apgd-t, fab-t.
    case plus
    /// apgd-ce and apgd-dlr on gradients averaged over 20 passes, for models with random outputs.
    case rand
  }

  /// The published number of steps of APGD and FAB.
  public static let publishedSteps = 100
  /// The published number of queries of Square.
  public static let publishedQueries = 5000

  /// The composition.
  public var version: Version
  /// The steps of each run of APGD and FAB.
  public var steps: Int
  /// The queries of Square.
  public var queries: Int

  /// Creates a composition; other numbers than the published ones make another attack.
  public init(
    _ version: Version = .standard, steps: Int = publishedSteps, queries: Int = publishedQueries
  ) {
    self.version = version
    self.steps = steps
    self.queries = queries
  }

  /// The names of the members in their order.
  public var memberNames: [String] {
    switch version {
    case .standard: ["apgd-ce", "apgd-t", "fab-t", "square"]
    case .plus: ["apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"]
    case .rand: ["apgd-ce", "apgd-dlr"]
    }
  }

  /// The version, and what is not as published of it.
  private var versionLabel: String {
    var changes: [String] = []
    if steps != Self.publishedSteps { changes.append("steps \(steps)") }
    if queries != Self.publishedQueries && memberNames.contains("square") {
      changes.append("queries \(queries)")
    }
    return changes.isEmpty ? version.rawValue : "\(version.rawValue) with \(changes.joined(separator: ", "))"
  }

  /// Why it cannot attack a model with so many classes, in words that follow its name; nil where it can.
  ///
  /// The ratio of logit differences that its members climb needs the third largest output, and in its targeted form
  /// the fourth.
  public func problem(classes: Int) -> String? {
    let targeted = memberNames.filter { $0.hasSuffix("-t") }
    if classes < 4, !targeted.isEmpty {
      let other = classes == 3 ? "version rand, which has none, or " : ""
      return
        "version \(version.rawValue) has the targeted members \(targeted.joined(separator: " and ")), which need "
        + "four classes or more, and there are \(classes): use \(other)attacks that need no more, such as pgd with "
        + "restarts"
    }
    if classes < 3 {
      return
        "version \(version.rawValue) has the member apgd-dlr, which needs three classes or more, and there are "
        + "\(classes): use attacks that need no more, such as pgd with restarts"
    }
    return nil
  }

  /// The attacks against a model with so many classes.
  ///
  /// - Precondition: `problem(classes:)` is nil.
  public func ensemble(threat: ThreatModel, classes: Int) -> AttackEnsemble {
    precondition(problem(classes: classes) == nil, "AutoAttack on \(classes) classes")
    return AttackEnsemble(
      name: "autoattack", version: versionLabel,
      members: memberNames.compactMap { member($0, threat: threat, classes: classes) })
  }
}
