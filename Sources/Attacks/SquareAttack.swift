public import Networks
import Tensors

/// The Square attack: a random search without gradients (Andriushchenko, Croce, Flammarion and Hein, "Square attack:
/// a query-efficient black-box adversarial attack via random search", 2020), with the parameters of AutoAttack.
///
/// Begins with vertical stripes of +-epsilon (linf) or a tiling of the image with patterns (l2, l1). Each query
/// then changes one square at a random place, whose side falls with the queries: to x - epsilon or x + epsilon, a sign
/// for each channel (linf), or to a pattern that takes over the length of another square and whatever the ball has
/// left (l2, l1). It is kept where the margin z_y - max over k other than y of z_k falls. A sample that is broken
/// changes no more, and the run ends when all are.
///
/// **Draws are made for each sample by itself**, from its identity and the number of the query, as in the authors'
/// own code. AutoAttack draws one place, and for linf one sign, for the whole batch; its results depend on which
/// samples are attacked together, and these do not.
///
/// Leaves the example of the lowest margin in `model.images`.
public struct SquareAttack: Attack {
  /// The name in configurations and results.
  public let name = "square"
  /// The set that the adversarial examples stay in.
  public var threat: ThreatModel
  /// The queries of a run, behind the one at the starting point.
  public var queries: Int
  /// The number of independent runs.
  public var restarts: Int

  /// Creates an attack.
  public init(threat: ThreatModel, queries: Int = 5000, restarts: Int = 1) {
    precondition(queries > 0 && restarts > 0, "an attack that does nothing")
    self.threat = threat
    self.queries = queries
    self.restarts = restarts
  }

  /// It looks at the outputs alone.
  public var usesGradients: Bool { false }
  /// A sample that is broken needs no further queries.
  public var restsRows: Bool { true }
  /// One for each query, and one at the starting point.
  public var forwardPasses: Int { queries + 1 }

  /// Runs restart number `restart`, leaving adversarial examples in `model.images`.
  public func run(
    _ batch: AttackBatch, on model: any DifferentiableClassifier, restart: Int, _ context: AttackContext
  ) throws {
    let search = RandomSearch(batch, model)
    let proposals: any SquareProposals =
      threat.norm == .linf
      ? ConstantSquares(threat, batch, model, search.best)
      : PatternedSquares(threat, batch, model, search.best)
    func draws(_ row: Int, query: Int) -> RandomStream {
      context.stream(.search, sample: batch.samples[row], restart: restart, pass: query)
    }

    model.images.update(from: batch.images.pointer, count: batch.images.count)
    for row in 0..<batch.count {
      var stream = draws(row, query: 0)
      proposals.begin(row, &stream)
    }
    try model.forward(context.mode(pass: 0))
    search.begin()
    for query in 0..<queries where search.isUnfinished {
      proposals.prepare(query)
      for row in 0..<batch.count where !search.isBroken[row] {
        var stream = draws(row, query: query + 1)
        proposals.propose(row, &stream)
      }
      try model.forward(context.mode(pass: query + 1))
      for row in 0..<batch.count where !search.isBroken[row] {
        if search.improves(row) { proposals.accept(row) } else { proposals.reject(row) }
      }
    }
    search.finish()
  }
}

extension AttackContext {
  fileprivate func stream(_ purpose: RandomPurpose, sample: UInt32, restart: Int, pass: Int) -> RandomStream {
    RandomStream(
      RandomIdentity(
        seed: seed, purpose: purpose, step: step, sample: sample, restart: UInt32(restart), pass: UInt32(pass)
      ))
  }
}
