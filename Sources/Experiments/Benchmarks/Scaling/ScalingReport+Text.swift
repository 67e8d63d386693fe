extension ScalingReport {
  /// The report in words and tables.
  var text: String {
    let method = attackSteps == 0 ? attack : "\(attack) with \(attackSteps) steps"
    return """
      \(model) (\(parameters) parameters), \(method), micro-batches of \(microbatch), ranks of \(threads) \(threads == 1 ? "thread" : "threads"), \
      medians of \(repetitions) steps
      \(measured)

      \(explanation)

      predicted, \(ranksPerHost == 1 ? "every rank on a host of its own" : "\(ranksPerHost) ranks a host"): \
      samples/s (and by those of one rank, in %)
      \(Kind.allCases.map(predicted).joined(separator: "\n"))
      """
  }

  private var measured: String {
    var rows = [
      ["", "ranks", "batch", "samples/s", "efficiency", "step ms", "reduction ms", "model ms", "error"]
    ]
    for step in steps {
      rows.append([
        step.kind.rawValue, "\(step.ranks)\(step.isCrowded ? "*" : "")", "\(step.batch)",
        fixed(step.samplesPerSecond.median, 1), Self.percent(step.efficiency),
        fixed(step.stepSeconds * 1e3, 2), fixed(step.reduceSeconds * 1e3, 2),
        fixed(step.modelSeconds * 1e3, 2), Self.percent(step.error),
      ])
    }
    let remark = steps.contains(where: \.isCrowded) ? "\n* more threads than CPUs: not fitted" : ""
    return Self.table(rows) + remark
  }

  private var explanation: String {
    let reductions = fit.reductions.map { reduction in
      let rate = reduction.gigabytesPerSecond
      return "  \(reduction.path == .shared ? "shared memory" : "messages"): "
        + "\(fixed(reduction.latencySeconds * 1e6, 1)) us each time, "
        + (rate.isFinite ? "\(fixed(rate, 2)) GB/s " : "no limit of bandwidth ")
        + "(error \(Self.percent(reduction.medianError)), at most \(Self.percent(reduction.largestError)))"
    }
    var errors =
      "error of the model on the \(fit.points) steps it is fitted to: median \(Self.percent(fit.medianError)), "
      + "at most \(Self.percent(fit.largestError))"
    if let leftOut = fit.largestErrorLeftOut {
      errors += "; on a step left out of the fit at most \(Self.percent(leftOut))"
    }
    if let crowded = fit.largestErrorCrowded {
      errors += "; on steps marked * at most \(Self.percent(crowded))"
    }
    let lines = [
      "model: \(fixed(fit.microbatchSeconds * 1e3, 3)) ms for each micro-batch of the busiest thread and "
        + "\(fixed(fit.fixedSeconds * 1e3, 3)) ms a step, and the reduction by"
    ]
    return (lines + reductions + [errors]).joined(separator: "\n")
  }

  private func predicted(_ kind: Kind) -> String {
    var rows = [["\(kind.rawValue): ranks", "batch"] + networks.map(\.text)]
    let own = predictions.filter { $0.kind == kind }
    for first in own where first.network == 0 {
      let cells = own.filter { $0.ranks == first.ranks }.map {
        "\(fixed($0.samplesPerSecond, 0)) (\(Self.percent($0.efficiency)))"
      }
      rows.append(["\(first.ranks)", "\(first.batch)"] + cells)
    }
    return Self.table(rows)
  }

  private static func percent(_ share: Double) -> String { fixed(100 * share, 0) + " %" }

  /// Columns aligned right.
  private static func table(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
