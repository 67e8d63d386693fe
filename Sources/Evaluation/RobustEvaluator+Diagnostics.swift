public import Attacks
import DataParallel
import Datasets
import MessagePassing
import Networks
import Tensors

extension RobustEvaluator {
  /// The steps of the attacks that are diagnosed with.
  private static let steps = 20

  /// Runs what tells whether attacks on the model can be trusted; called on all ranks together.
  ///
  /// - Parameters:
  ///   - threat: The threat model that robustness is measured in.
  ///   - clean: What the model takes each sample for.
  ///   - transfer: Another model's examples of all samples, N x C x H x W, on rank 0, and what to call that model.
  public func diagnose(
    _ threat: ThreatModel, clean: CleanResult, transfer: (source: String, examples: [Float])? = nil
  ) throws -> DiagnosticFindings {
    var findings = DiagnosticFindings(threat: threat, total: clean.total, correct: clean.correct)
    findings.random = try countRandomOutputs()
    findings.losses = try measureLosses(threat, clean)
    for epsilon in Self.radii(threat, imageSize: images.imageSize) {
      let result = try measure(descent(threat.with(epsilon: epsilon), randomStart: false), clean: clean)
      findings.radii.append(.init(epsilon: epsilon, correct: result.correct))
    }
    let loss = self.loss
    let many = try measure(descent(threat, randomStart: true), clean: clean)
    let single = try measure(
      ProjectedGradientDescent.fastGradientSign(threat: threat, loss: loss), clean: clean)
    let noise = try measure(RandomNoise(threat: threat, restarts: 10), clean: clean)
    findings.manySteps = many.correct
    findings.singleStep = single.correct
    findings.noiseAlone = zip(noise.broken, many.broken).count { $0 && !$1 }
    if let transfer {
      let predictions = try classify(transfer.examples, clean)
      let broken = predictions.indices.map {
        clean.predictions[$0] == clean.labels[$0] && predictions[$0] != clean.labels[$0]
      }
      findings.transfer = .init(
        source: transfer.source, broken: broken.count { $0 },
        alone: zip(broken, many.broken).count { $0 && !$1 })
    }
    return findings
  }

  /// From the radius on in powers of two, up to the ball that holds the whole box from everywhere.
  static func radii(_ threat: ThreatModel, imageSize: Int) -> [Float] {
    let whole: Double =
      switch threat.norm {
      case .linf: 1
      case .l2: Double(imageSize).squareRoot()
      case .l1: Double(imageSize)
      }
    guard threat.epsilon > 0 else { return [Float(whole)] }
    var radii: [Float] = []
    var radius = Double(threat.epsilon)
    while radius < whole {
      radii.append(Float(radius))
      radius *= 2
    }
    return radii + [Float(whole)]
  }

  private var loss: LossFunction { model.network.architecture.outputs == 1 ? .logistic : .crossEntropy }

  private func descent(_ threat: ThreatModel, randomStart: Bool) -> ProjectedGradientDescent {
    ProjectedGradientDescent(
      threat: threat, steps: Self.steps, stepSize: 2.5 * threat.epsilon / Float(Self.steps),
      randomStart: randomStart, loss: loss)
  }

  /// The losses after more and more steps of one length, from the clean image.
  private func measureLosses(
    _ threat: ThreatModel, _ clean: CleanResult
  ) throws -> [DiagnosticFindings.Losses] {
    let places = clean.labels.indices.filter { clean.predictions[$0] == clean.labels[$0] }
    let context = AttackContext(seed: seed)
    let loss = self.loss
    var start: [Double] = []
    return try [0, 1, 5, Self.steps].map { steps in
      var attack = descent(threat, randomStart: false)
      attack.steps = steps
      let found = try compute(places) { [attack] workspace, _ in
        if steps > 0 { try attack.run(workspace.batch, on: workspace.session, restart: 0, context) }
        try workspace.session.forward(.evaluation)
        return (0..<workspace.batch.count).map {
          loss(workspace.session.outputs(of: $0), label: workspace.batch.labels[$0])
        }
      }
      // In the order of the samples, so that the sum is the same for any number of ranks.
      let losses = try model.communicator.allGather(varying: found.values).flatMap { $0 }
      if steps == 0 { start = losses }
      return .init(
        steps: steps, mean: losses.reduce(0, +) / Double(max(losses.count, 1)),
        risen: zip(losses, start).count { $0 > $1 })
    }
  }

  /// The images whose outputs are not the same, bit for bit, when they are computed twice.
  private func countRandomOutputs() throws -> Int {
    let found = try compute(Array(positions.indices)) { workspace, _ in
      let session = workspace.session
      try session.forward(.evaluation)
      let first = (0..<workspace.batch.count).map { session.outputs(of: $0).map(\.bitPattern) }
      try session.forward(.evaluation)
      return (0..<workspace.batch.count).map {
        session.outputs(of: $0).map(\.bitPattern) == first[$0] ? 0 : 1
      }
    }
    return try model.communicator.allReduce(found.values.count { $0 > 0 }, .sum)
  }

  /// The classes of other images of the same samples, which rank 0 has.
  private func classify(_ examples: [Float], _ clean: CleanResult) throws -> [Int] {
    let values = try model.communicator.broadcast(examples)
    let others = LabeledImages(
      name: images.name, channels: images.channels, height: images.height, width: images.width,
      classCount: images.classCount, values: values, labels: clean.labels.map { UInt8($0) })
    let evaluator = try RobustEvaluator(
      model, images: others, positions: Array(0..<others.count), seed: seed,
      onRootOnly: workingRanks < model.communicator.size)
    return try evaluator.measureClean().predictions
  }
}
