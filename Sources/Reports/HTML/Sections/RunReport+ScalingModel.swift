extension RunReport {
  /// Measured steps beside the model of `bench scaling`, and what it predicts.
  func scalingModel(_ record: ScalingRecord) -> HTML {
    let paths = record.fit.reductions.map { path in
      let bandwidth =
        path.gigabytesPerSecond.isFinite
        ? "\(fixed(path.gigabytesPerSecond, 2)) GB/s" : "no limit of bandwidth"
      return "; \(path.path): \(fixed(1e6 * path.latencySeconds, 1)) µs a message, \(bandwidth)"
    }
    let steps = record.attackSteps > 0 ? "-\(record.attackSteps)" : ""
    return """
      <h3>Scaling of \(record.model), \(record.attack)\(steps)</h3>
      \(measured(record))
      <p>The model: \(ReportText.time(record.fit.microbatchSeconds)) a micro-batch of \(record.microbatch), \
      \(ReportText.time(record.fit.fixedSeconds)) a step\(paths.joined()). Over the steps that it was fitted to it is off \
      by \(ReportText.percent(record.fit.medianError)) in the median and by \
      \(ReportText.percent(record.fit.largestError)) at most.</p>
      \(record.doubt.map { doubt -> HTML in "<p><strong>Note:</strong> \(doubt).</p>" } ?? .empty)
      <div class="charts">
      \(ScalingRecord.Kind.allCases.map { efficiency(record, $0) })
      </div>
      \(HTML.details("Predictions up to \(record.predictions.map(\.ranks).max() ?? 1) ranks", predicted(record)))
      <p class="note">Predictions take a CPU for each thread for granted, and networks without contention.</p>
      """
  }

  private func measured(_ record: ScalingRecord) -> HTML {
    let rows = record.steps.map { step -> [HTML] in
      [
        "\(step.kind.rawValue)", "\(step.ranks)\(step.isCrowded ? ", sharing CPUs" : "")", "\(step.batch)",
        "\(1e3 * step.seconds, 1)", "\(1e3 * step.modelSeconds, 1)", "\(100 * step.relativeError, 1)",
        "\(step.samplesPerSecond, 1)",
      ]
    }
    return HTML.table(
      caption: "Measured with \(ReportText.count(record.threads, "thread")) a rank",
      columns: ["scaling", "ranks", "batch", "step, ms", "model, ms", "error, %", "samples/s"], rows: rows)
  }

  private func efficiency(_ record: ScalingRecord, _ kind: ScalingRecord.Kind) -> HTML {
    let series = record.networks.enumerated().map { number, network in
      // Every doubling of the ranks has the same room.
      LineChart.Series(
        name: network.name, color: number, style: number,
        points: record.predictions.filter { $0.network == number && $0.kind == kind }.enumerated().map {
          LineChart.Point(x: Double($0.offset), y: min($0.element.efficiency, 1.2))
        })
    }
    let ranks = record.predictions.filter { $0.kind == kind && $0.network == 0 }.map(\.ranks)
    let ends = series.compactMap { series in
      series.points.last.map {
        "\(series.name): \(ReportText.percent($0.y)) at \(ReportText.count(ranks.last ?? 1, "rank"))."
      }
    }
    return LineChart(
      id: "scaling-\(kind.rawValue)",
      title: kind == .strong
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
      let network =
        record.networks.indices.contains(prediction.network) ? record.networks[prediction.network].name : "–"
      return [
        "\(network)", "\(prediction.kind.rawValue)", "\(prediction.ranks)", "\(prediction.batch)",
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
