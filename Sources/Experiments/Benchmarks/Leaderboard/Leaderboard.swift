package import Reports

/// Models side by side under the same attacks, a board for each threat model; the contents of `leaderboard.json`.
package struct Leaderboard: Encodable, Equatable {
  /// A model under one threat model.
  package struct Row: Encodable, Equatable {
    /// The place: one more than the number of models that are better, so equals share one.
    package var place: Int
    /// What the model is called.
    package var model: String
    /// The weights.
    package var checkpoint: EvaluationRecord.CheckpointIdentity
    /// The accuracy without perturbations.
    package var clean: AccuracyCount
    /// The accuracy under each attack by its name and settings, nil where the model did not meet it.
    package var attacks: [AccuracyCount?]
    /// The samples that withstood all attacks that the model met: what the place depends on.
    package var robust: AccuracyCount
    /// Where a number may be too good, and why.
    package var warnings: [String]
  }

  /// The models under one threat model.
  package struct Board: Encodable, Equatable {
    /// The norm: linf, l2 or l1.
    package var norm: String
    /// The radius.
    package var epsilon: Double
    /// The attacks with their settings, the weakest first.
    package var attacks: [String]
    /// The models, the best first.
    package var rows: [Row]
  }

  /// The boards by norm and radius.
  package var boards: [Board]

  /// Compares evaluations.
  ///
  /// - Throws: `ExperimentError.badData` where evaluations of a model are of different weights or samples, or where
  ///   models were measured on different samples.
  package init(_ evaluations: [Evaluation]) throws {
    try Self.requireEqualWeights(evaluations)
    var threats: [Threat] = []
    for evaluation in evaluations {
      for attack in evaluation.record.attacks where !threats.contains(Threat(attack)) {
        threats.append(Threat(attack))
      }
    }
    threats.sort { ($0.norm, $0.epsilon) < ($1.norm, $1.epsilon) }
    boards = try threats.map { try Self.board($0, evaluations) }
  }

  private struct Threat: Equatable {
    let norm: String
    let epsilon: Double

    init(_ attack: EvaluationRecord.Attack) {
      norm = attack.norm
      epsilon = attack.epsilon
    }
  }

  private static func requireEqualWeights(_ evaluations: [Evaluation]) throws {
    var first: [String: Evaluation] = [:]
    for evaluation in evaluations {
      let other = first[evaluation.model, default: evaluation]
      first[evaluation.model] = other
      guard other.record.checkpoint.sha256 == evaluation.record.checkpoint.sha256 else {
        throw ExperimentError.badData(
          "\(evaluation.folder) was measured on other weights (\(evaluation.record.checkpoint.path)) than "
            + "\(other.folder) (\(other.record.checkpoint.path)): remove one of both")
      }
    }
  }

  private static func board(_ threat: Threat, _ evaluations: [Evaluation]) throws -> Board {
    var models: [String] = []
    var titles: [String] = []
    for evaluation in evaluations {
      for attack in evaluation.record.attacks where Threat(attack) == threat {
        if !models.contains(evaluation.model) { models.append(evaluation.model) }
        if !titles.contains(attack.title) { titles.append(attack.title) }
      }
    }
    var samples: (indices: [Int], folder: String)?
    var rows: [Row] = []
    for model in models {
      let own = evaluations.filter { $0.model == model }
      let row = try self.row(model, titles, own, threat, &samples)
      rows.append(row)
    }
    let order = weakestFirst(titles, rows)
    for index in rows.indices { rows[index].attacks = order.map { rows[index].attacks[$0] } }
    rows.sort {
      ($1.robust.correct, $1.clean.correct, $0.model) < ($0.robust.correct, $0.clean.correct, $1.model)
    }
    for index in rows.indices {
      rows[index].place = 1 + rows.count { $0.robust.correct > rows[index].robust.correct }
    }
    return Board(norm: threat.norm, epsilon: threat.epsilon, attacks: order.map { titles[$0] }, rows: rows)
  }

  /// A model's row; `samples` are those that all models have to have been measured on.
  private static func row(
    _ model: String, _ titles: [String], _ evaluations: [Evaluation], _ threat: Threat,
    _ samples: inout (indices: [Int], folder: String)?
  ) throws -> Row {
    var standing: [Bool] = []
    var attacks: [AccuracyCount?] = titles.map { _ in nil }
    var warnings: [String] = []
    for evaluation in evaluations {
      let own = evaluation.record.attacks.filter { Threat($0) == threat }
      if own.isEmpty { continue }
      for attack in own {
        if let place = titles.firstIndex(of: attack.title) { attacks[place] = attack.count }
      }
      for warning in evaluation.record.warnings where !warnings.contains(warning) { warnings.append(warning) }
      let found = evaluation.survivors(norm: threat.norm, epsilon: threat.epsilon)
      let known = samples ?? (found.map(\.index), evaluation.folder)
      samples = known
      guard known.indices == found.map(\.index) else {
        throw ExperimentError.badData(
          "\(evaluation.folder) was measured on other samples than \(known.folder): use the same --limit and --data"
        )
      }
      standing = standing.isEmpty ? found.map(\.stands) : zip(standing, found).map { $0 && $1.stands }
    }
    let missed = titles.indices.filter { attacks[$0] == nil }.map { titles[$0] }
    if !missed.isEmpty { warnings.append("did not meet \(missed.joined(separator: ", "))") }
    let record = evaluations[0].record
    return Row(
      place: 0, model: model, checkpoint: record.checkpoint, clean: record.clean, attacks: attacks,
      robust: AccuracyCount(correct: standing.count { $0 }, total: standing.count), warnings: warnings)
  }

  /// The positions of attacks, those first that leave more samples right over all models that met them.
  private static func weakestFirst(_ titles: [String], _ rows: [Row]) -> [Int] {
    let means = titles.indices.map { index in
      let counts = rows.compactMap { $0.attacks[index]?.accuracy }
      return counts.reduce(0, +) / Double(max(counts.count, 1))
    }
    return titles.indices.sorted { (-means[$0], titles[$0]) < (-means[$1], titles[$1]) }
  }
}

extension EvaluationRecord.Attack {
  /// The name and the settings that tell it from others under the same threat model.
  fileprivate var title: String { String(rowName.dropLast(norm.count + 1)) }
}
