public import Attacks
import DataParallel
import Datasets
import MessagePassing
import Networks
import Tensors

extension RobustEvaluator {
  /// The seconds that a chunk takes, of which an interruption loses one.
  private static let chunkSeconds = 10.0

  /// Attacks every image that `clean` has right; the members of an ensemble each meet what those before them left.
  ///
  /// - Parameters:
  ///   - attack: What to attack with.
  ///   - clean: The images as they are.
  ///   - known: What an interrupted evaluation of the same kind has decided, the same on all ranks.
  ///   - observer: Who follows; without one nothing stops the attack, and every run is one chunk.
  ///   - keeping: Of how many samples, the first ones, rank 0 gets the adversarial examples.
  /// - Throws: `EvaluationError.stopped` on all ranks where any was asked to stop; `ChunkMismatch` where `known` is of
  ///   another evaluation.
  public func measure(
    _ attack: any Attack, clean: CleanResult, from known: [AttackChunk] = [],
    observer: (any EvaluationObserver)? = nil, keeping: Int = 0
  ) throws -> AttackResult {
    var cascade = AttackCascade(attack, clean: clean)
    for chunk in known { try cascade.apply(chunk) }
    let isRoot = model.communicator.isRoot
    let examples = isRoot ? positions.prefix(keeping).flatMap { images.image(at: $0) } : []
    var store = ExampleStore(images: examples, elements: images.imageSize)
    var pace = try makePace()
    while let run = cascade.current {
      pace.enter(stage: run.stage)
      var count = cascade.survivors.count
      if let observer {
        // Rank 0's clock decides for all.
        let agreed = try model.communicator.allReduce(
          [observer.isAskedToStop ? 1 : 0, isRoot ? pace.microbatches : 0], .maximum)
        if agreed[0] == 1 { throw EvaluationError.stopped }
        count = agreed[1] * model.network.microbatch
      }
      let range = cascade.pending(upTo: count)
      let chunk = try attackChunk(
        range, of: cascade, run, observer, keeping: keeping
      ) { store.put($0, at: $1) }
      try cascade.apply(chunk)
      pace.didDecide(
        microbatches: microbatches(range.count), in: chunk.seconds,
        packed: cascade.members[run.stage].restsRows ? EvaluationWorkspace.packedMicrobatches : 1)
      try observer?.didDecide(chunk, in: cascade)
    }
    return AttackResult(attack, cascade, examples: store.images)
  }

  private func makePace() throws -> ChunkPace {
    let own = model.communicator.rank < workingRanks ? model.pool.workers : 0
    return ChunkPace(seconds: Self.chunkSeconds, workers: try model.communicator.allReduce(own, .sum))
  }

  private func microbatches(_ samples: Int) -> Int {
    MicrobatchPlan(samples: samples, microbatch: model.network.microbatch).count
  }

  /// Has the next samples of a run attacked by all ranks.
  ///
  /// - Parameters:
  ///   - keeping: Of how many samples, the first of all, examples are wanted.
  ///   - keep: Called on rank 0 with the examples and places of those that the chunk has.
  private func attackChunk(
    _ range: Range<Int>, of cascade: AttackCascade, _ run: AttackCascade.Run,
    _ observer: (any EvaluationObserver)?, keeping: Int, _ keep: ([Float], [Int]) -> Void
  ) throws -> AttackChunk {
    let clock = ContinuousClock()
    let start = clock.now
    let attack = cascade.members[run.stage]
    let places = Array(cascade.survivors[range])
    let own = spread(places.count).range(of: model.communicator.rank)
    observer?.willAttack(range, microbatches: microbatches(own.count), in: cascade)
    let elements = images.imageSize
    // Places ascend: those that are kept come first.
    let wanted = places.prefix { $0 < keeping }.count
    let kept = AlignedBuffer<Float>(count: own.clamped(to: 0..<wanted).count * elements)
    let context = AttackContext(seed: seed)
    let finished: (@Sendable () -> Void)? = observer.map { observer in
      { @Sendable in observer.didFinishMicrobatch() }
    }
    let found = try compute(places, packsRows: attack.restsRows, finished: finished) { workspace, first in
      try attack.run(workspace.batch, on: workspace.session, restart: run.restart, context)
      workspace.wake()
      try workspace.session.forward(.evaluation)
      let rows = min(workspace.batch.count, wanted - own.lowerBound - first)
      if rows > 0 {
        (kept.pointer + first * elements).update(from: workspace.session.images, count: rows * elements)
      }
      return try workspace.perturbationNorms(of: attack)
    }
    let norm = try model.communicator.allReduce(found.values.max() ?? 0, .maximum)
    if wanted > 0 {
      let own = Array(UnsafeBufferPointer(start: kept.pointer, count: kept.count))
      if let all = try model.communicator.gather(own) {
        keep(all.flatMap { $0 }, Array(places.prefix(wanted)))
      }
    }
    let broken = zip(places, found.predictions).filter { $1 != cascade.clean.labels[$0] }.map {
      AttackChunk.Broken(index: cascade.clean.sourceIndices[$0], predicted: $1)
    }
    return AttackChunk(
      stage: run.stage, by: attack.name, restart: run.restart, from: range.lowerBound, to: range.upperBound,
      of: cascade.survivors.count, broken: broken, maxNorm: norm, seconds: (clock.now - start).inSeconds)
  }
}

/// The adversarial examples that are kept, on rank 0.
private struct ExampleStore {
  var images: [Float]
  let elements: Int

  /// Takes over the examples of some samples.
  mutating func put(_ examples: [Float], at places: [Int]) {
    for (row, place) in places.enumerated() {
      images.replaceSubrange(
        place * elements..<(place + 1) * elements, with: examples[row * elements..<(row + 1) * elements])
    }
  }
}

extension EvaluationWorkspace {
  /// The lengths of the perturbations that are in the session now, each checked against the threat model.
  fileprivate func perturbationNorms(of attack: any Attack) throws -> [Double] {
    let elements = batch.imageElements
    return try (0..<batch.count).map { row in
      let clean = batch.images.pointer + row * elements
      let adversarial = session.images + row * elements
      let norm = attack.threat.distance(clean, adversarial, count: elements)
      guard attack.threat.allows(adversarial, from: clean, count: elements) else {
        throw EvaluationError.outsideThreatModel(
          attack: attack.name, sample: Int(batch.samples[row]), norm: norm,
          epsilon: Double(attack.threat.epsilon))
      }
      return norm
    }
  }
}
