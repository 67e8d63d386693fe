import Reports

/// What `bench scaling` shows on a terminal.
struct ScalingTable {
  private let record: ScalingRecord

  init(_ record: ScalingRecord) {
    self.record = record
  }

  /// What was measured beside the model, then what the model predicts.
  func rendered() -> String {
    let fit = record.fit
    let heading =
      "\(record.model), \(record.method), micro-batches of \(record.microbatch), \(record.threads) "
      + "\(record.threads == 1 ? "thread" : "threads") a rank, \(record.cpus) CPUs, gradient "
      + "\(fixed(record.gradientBytes / 1e6, 2)) MB"
    let measured = record.steps.map { step in
      [
        step.mode.rawValue, "\(step.ranks)", "\(step.batch)", fixed(1e3 * step.seconds, 1),
        fixed(1e3 * step.modelSeconds, 1), fixed(100 * step.relativeError, 1),
        fixed(step.samplesPerSecond, 1),
      ]
    }
    let model =
      "model: \(fixed(1e3 * fit.perMicrobatch, 3)) ms a micro-batch, \(fixed(1e3 * fit.perStep, 3)) ms a step, "
      + "\(fixed(1e6 * fit.latency, 1)) us a message, "
      + "\(fit.secondsPerByte > 0 ? fixed(1e-9 / fit.secondsPerByte, 2) : "unlimited") GB/s; error on what was measured: "
      + "\(fixed(100 * record.meanError, 1)) % on average, \(fixed(100 * record.largestError, 1)) % at most"
    let predicted = record.predictions.map { prediction in
      [
        prediction.network, prediction.mode.rawValue, "\(prediction.ranks)", "\(prediction.batch)",
        fixed(1e3 * prediction.seconds, 1), fixed(prediction.samplesPerSecond, 0),
        fixed(100 * prediction.efficiency, 1),
      ]
    }
    return [
      heading, "",
      Self.table(["measured", "ranks", "batch", "step ms", "model ms", "error %", "samples/s"], measured), "",
      model, "",
      Self.table(
        ["predicted for", "scaling", "ranks", "batch", "step ms", "samples/s", "efficiency %"], predicted),
      "",
      "Predictions take a CPU for each thread and the reduction by messages for granted, and networks without contention.",
    ].joined(separator: "\n")
  }

  /// Columns in line: texts left, numbers right.
  private static func table(_ heading: [String], _ rows: [[String]]) -> String {
    let widths = heading.indices.map { column in
      ([heading] + rows).map { $0[column].count }.max() ?? 0
    }
    let lines = ([heading] + rows).map { cells in
      cells.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }
    return ([lines[0], String(repeating: "-", count: lines[0].count)] + lines.dropFirst()).joined(
      separator: "\n")
  }
}
