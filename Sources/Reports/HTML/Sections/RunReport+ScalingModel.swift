extension RunReport {
  /// Measured steps beside the model of `bench scaling`, and what it predicts.
  func scalingModel(_ record: ScalingRecord) -> HTML {
    let bandwidth =
      record.fit.secondsPerByte > 0
      ? "\(fixed(1e-9 / record.fit.secondsPerByte, 2)) GB/s" : "no limit of bandwidth"
    return """
      <h3>Scaling of \(record.model), \(record.method)</h3>
      \(measured(record))
      <p>The model: \(ReportText.time(record.fit.perMicrobatch)) a micro-batch of \(record.microbatch), \
      \(ReportText.time(record.fit.perStep)) a step, \(fixed(1e6 * record.fit.latency, 1)) µs a message, \
      \(bandwidth). It is off by \(ReportText.percent(record.meanError)) of a measured step on average and by \
      \(ReportText.percent(record.largestError)) at most.</p>
      \(record.doubt.map { doubt -> HTML in "<p><strong>Note:</strong> \(doubt).</p>" } ?? .empty)
      <div class="charts">
      \(ScalingRecord.Mode.allCases.map { efficiency(record, $0) })
      </div>
      \(HTML.details("Predictions up to \(record.predictions.map(\.ranks).max() ?? 1) ranks", predicted(record)))
      <p class="note">Predictions take a CPU for each thread and messages between all ranks for granted, and networks \
      without contention. Networks have usual latencies and nine tenths of their nominal rate.</p>
      """
  }

  private func measured(_ record: ScalingRecord) -> HTML {
    let rows = record.steps.map { step -> [HTML] in
      [
        "\(step.mode.rawValue)", "\(step.ranks)", "\(step.batch)", "\(1e3 * step.seconds, 1)",
        "\(1e3 * step.modelSeconds, 1)", "\(100 * step.relativeError, 1)", "\(step.samplesPerSecond, 1)",
      ]
    }
    return HTML.table(
      caption: "Measured on \(ReportText.count(record.cpus, "CPU")), "
        + "\(ReportText.count(record.threads, "thread")) a rank",
      columns: ["scaling", "ranks", "batch", "step, ms", "model, ms", "error, %", "samples/s"], rows: rows)
  }

  private func networks(_ record: ScalingRecord) -> [String] {
    var names: [String] = []
    for name in record.predictions.map(\.network) where !names.contains(name) { names.append(name) }
    return names
  }

  private func efficiency(_ record: ScalingRecord, _ mode: ScalingRecord.Mode) -> HTML {
    let series = networks(record).enumerated().map { number, network in
      // Every doubling of the ranks has the same room.
      LineChart.Series(
        name: network, color: number, style: number,
        points: record.predictions.filter { $0.network == network && $0.mode == mode }.enumerated().map {
          LineChart.Point(x: Double($0.offset), y: min($0.element.efficiency, 1.2))
        })
    }
    let ranks = record.predictions.filter { $0.mode == mode && $0.network == networks(record).first }
      .map(\.ranks)
    let ends = series.compactMap { series in
      series.points.last.map {
        "\(series.name): \(ReportText.percent($0.y)) at \(ReportText.count(ranks.last ?? 1, "rank"))."
      }
    }
    return LineChart(
      id: "scaling-\(mode.rawValue)",
      title: mode == .strong
        ? "Strong scaling: the batch stays \(record.steps.first?.batch ?? 0)"
        : "Weak scaling: \(record.steps.first?.batch ?? 0) samples a rank",
      description: "Predicted efficiency by the number of ranks. \(ends.joined(separator: " "))",
      xLabel: "ranks", yLabel: "efficiency", yRange: 0...1, isPercent: true,
      xTicks: ranks.indices.map(Double.init),
      xText: { place in ranks.indices.contains(Int(place)) ? "\(ranks[Int(place)])" : "" }, series: series
    ).html()
  }

  private func predicted(_ record: ScalingRecord) -> HTML {
    let rows = record.predictions.map { prediction -> [HTML] in
      [
        "\(prediction.network)", "\(prediction.mode.rawValue)", "\(prediction.ranks)", "\(prediction.batch)",
        "\(1e3 * prediction.seconds, 1)", "\(prediction.samplesPerSecond, 0)",
        "\(ReportText.percent(prediction.efficiency))",
      ]
    }
    return HTML.table(
      caption: "What the model predicts",
      columns: ["network", "scaling", "ranks", "batch", "step, ms", "samples/s", "efficiency"], rows: rows,
      texts: [0, 1])
  }
}
