import DataParallel

extension ScalingReport {
  /// Fits the model to what was measured and asks it for more ranks.
  init(
    _ options: ScalingBenchmark.Options, attackSteps: Int, microbatch: Int, parameters: Int, steps: [Step],
    reductions: [ReductionPoint]
  ) {
    let path = steps.lazy.compactMap { ReductionModel.Path($0.reduction) }.first
    let trusted = Self.trusted(reductions, \.isCrowded)
    let local = path.flatMap { ReductionModel($0, fitting: trusted) }
    let exchange = ReductionModel(.exchange, fitting: trusted)
    let fitted = Self.trusted(steps, \.isCrowded)
    let makeModel = { (steps: [Step]) in
      ScalingModel(
        steps.map(\.point), threads: options.threads, gradientBytes: Double(parameters * 4), local: local,
        exchange: exchange)
    }
    let model = makeModel(fitted)

    self.model = options.step.model
    attack = options.step.attack
    self.attackSteps = attackSteps
    self.microbatch = microbatch
    threads = options.threads
    repetitions = options.step.repetitions
    self.parameters = parameters
    ranksPerHost = options.ranksPerHost
    self.reductions = reductions
    networks = zip(options.latencies, options.bandwidths).map {
      ScalingNetwork(microseconds: $0, gigabits: $1)
    }
    let base = steps.first
    self.steps = steps.map { step in
      var step = step
      step.modelSeconds = model.seconds(step.point)
      if let base {
        step.efficiency =
          step.samplesPerSecond.median / base.samplesPerSecond.median * Double(base.ranks)
          / Double(step.ranks)
      }
      return step
    }
    fit = Fit(
      model, errors: self.steps.filter { step in fitted.contains { $0.isSame(as: step) } }.map(\.error),
      leftOut: fitted.count < 3
        ? []
        : fitted.map { step in
          makeModel(fitted.filter { !$0.isSame(as: step) }).seconds(step.point) / step.stepSeconds - 1
        },
      crowded: self.steps.filter(\.isCrowded).map(\.error), reductions: trusted)
    predictions = Self.predict(model, options, microbatch: microbatch, networks)
  }

  /// What was measured while every thread had a CPU; everything where there is too little of that.
  private static func trusted<Point>(_ points: [Point], _ isCrowded: KeyPath<Point, Bool>) -> [Point] {
    let alone = points.filter { !$0[keyPath: isCrowded] }
    return alone.count < 2 ? points : alone
  }

  private static func predict(
    _ model: ScalingModel, _ options: ScalingBenchmark.Options, microbatch: Int, _ networks: [ScalingNetwork]
  ) -> [Prediction] {
    var predictions: [Prediction] = []
    for kind in Kind.allCases {
      for (position, network) in networks.enumerated() {
        var alone: Double?
        var ranks = 1
        while ranks <= options.most {
          let batch = options.step.batch * (kind == .weak ? ranks : 1)
          // Each rank's batch has micro-batches of its own, as in what was measured.
          let seconds = model.seconds(
            ranks: ranks, microbatches: MicrobatchPlan(samples: batch, microbatch: microbatch).count,
            ranksPerHost: options.ranksPerHost, network: network)
          let rate = Double(batch) / seconds
          let single = alone ?? rate
          alone = single
          predictions.append(
            Prediction(
              kind: kind, ranks: ranks, batch: batch, network: position, samplesPerSecond: rate,
              efficiency: rate / single / Double(ranks)))
          ranks *= 2
        }
      }
    }
    return predictions
  }
}

extension ScalingReport.Step {
  /// Whether it is the same measurement.
  fileprivate func isSame(as other: Self) -> Bool { kind == other.kind && ranks == other.ranks }
}

extension ScalingReport.Fit {
  fileprivate init(
    _ model: ScalingModel, errors: [Double], leftOut: [Double], crowded: [Double],
    reductions points: [ReductionPoint]
  ) {
    microbatchSeconds = model.microbatchSeconds
    fixedSeconds = model.fixedSeconds
    self.points = errors.count
    medianError = Spread(errors.map(abs)).median
    largestError = errors.map(abs).max() ?? 0
    largestErrorLeftOut = leftOut.map(abs).max()
    largestErrorCrowded = crowded.map(abs).max()
    let models = [model.local, model.exchange].compactMap { $0 }
    reductions = models.indices.filter { index in
      // Where ranks cannot share memory both are the same.
      !models[..<index].contains { $0.path == models[index].path }
    }.map { Reduction(models[$0], points) }
  }
}

extension ScalingReport.Fit.Reduction {
  fileprivate init(_ model: ReductionModel, _ points: [ReductionPoint]) {
    path = model.path
    latencySeconds = model.latency
    gigabytesPerSecond = model.secondsPerByte > 0 ? 1e-9 / model.secondsPerByte : .infinity
    let errors = points.filter { $0.path == model.path }.map {
      abs(model.seconds(ranks: $0.ranks, nodes: 1, bytes: $0.bytes) / $0.seconds - 1)
    }
    medianError = Spread(errors).median
    largestError = errors.max() ?? 0
  }
}
