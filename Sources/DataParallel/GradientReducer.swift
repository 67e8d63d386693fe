public import MessagePassing
public import Tensors

/// Adds the gradients of all ranks, with the same bits for any number of ranks.
///
/// Every rank brings the sums of the tree nodes it owns, in memory that the ranks of its host share. Each of them
/// finishes the tree for one part of the elements, in place, and writes it where all look for the result: two
/// barriers, and nothing is copied. With several hosts, a rank adds its part up as far as the tree lets its host,
/// exchanges slices of it with the ranks that have the same part on the other hosts, and passes on what comes out.
/// Where no memory can be shared every rank counts as a host, which leaves an all-to-all and an all-gather that move
/// the bytes of a ring all-reduce.
public final class GradientReducer {
  /// How gradients get from rank to rank; known from the first `begin` on.
  public private(set) var path: ReductionPath?
  /// Why ranks of one host share no memory although they were to, in a sentence; nil where all is well.
  public private(set) var warning: String?

  /// Where each tensor lies in a gradient.
  public let layout: ParameterLayout

  private let communicator: Communicator
  private let choice: ReductionChoice
  private let largestGroup: Int?
  private var groups: RankGroups?
  private var slots: GradientSlots
  private var plans: [Int: ReductionPlan] = [:]
  private var current: ReductionPlan?
  private var outgoing: AlignedBuffer<Float> = AlignedBuffer(count: 0)
  private var received: AlignedBuffer<Float> = AlignedBuffer(count: 0)

  /// Creates a reducer of gradients of this layout over the ranks of `communicator`.
  ///
  /// Talks to nobody yet.
  public convenience init(
    _ communicator: Communicator, _ layout: ParameterLayout, choice: ReductionChoice = .requested
  ) {
    self.init(communicator, layout, choice: choice, largestGroup: nil)
  }

  /// Pretends that hosts have no more than `largestGroup` ranks, for tests: it has to divide those they have.
  package init(
    _ communicator: Communicator, _ layout: ParameterLayout, choice: ReductionChoice, largestGroup: Int?
  ) {
    self.communicator = communicator
    self.layout = layout
    self.choice = choice
    self.largestGroup = largestGroup
    slots = GradientSlots(layout)
  }

  /// The sum that the last `reduce` left, this rank's own to change; valid until the next `begin`.
  ///
  /// - Precondition: there was a `begin`.
  public var sum: ParameterArena {
    precondition(slots.count > 0, "no gradient was reduced yet")
    return slots.arena(0)
  }

  /// Says what this rank has to bring for a batch of `leaves` micro-batches; all ranks call it.
  ///
  /// - Returns: The tree nodes this rank owns, and where it has to put their sums.
  /// - Throws: `MPIError`.
  public func begin(leaves: Int) throws(MPIError) -> [TreeAccumulator.Goal] {
    var groups: RankGroups
    if let known = self.groups { groups = known } else { groups = try makeGroups() }
    var plan = makePlan(leaves, groups)
    while slots.count < plan.slots {
      guard let members = groups.members else {
        slots.appendPrivate()
        continue
      }
      if let reason = try communicator.lowestReport(try slots.appendShared(by: members)) {
        warning =
          "ranks of one host share no memory, which makes the gradient reduction slower: \(reason.text)"
        groups = try RankGroups(of: 1, in: communicator)
        slots = GradientSlots(layout)
        plans = [:]
        plan = makePlan(leaves, groups)
      }
    }
    self.groups = groups
    path = communicator.size == 1 ? .alone : groups.members == nil ? .exchange : .shared(hosts: groups.count)
    plans[leaves] = plan
    current = plan
    return plan.nodesOfRank[communicator.rank].enumerated().map { ($1, slots.arena($0)) }
  }

  /// Leaves `scale` times the sum over all micro-batches in `sum`, on all ranks; all of them call it.
  ///
  /// - Throws: `MPIError`.
  /// - Precondition: The sums are where `begin` said.
  public func reduce(scaledBy scale: Float = 1) throws(MPIError) {
    guard let plan = current, let groups else { preconditionFailure("reduce without begin") }
    current = nil
    let part = plan.parts.range(of: groups.member)
    if let members = groups.members { try slots.meet(members) }
    if let peers = groups.peers {
      try exchange(part, plan, groups, peers, scale)
    } else {
      let root = plan.nodesOfGroup[0][0]
      root.sum.run(
        sources(of: root, from: part.lowerBound, groups), into: results(from: part.lowerBound, groups),
        count: part.count, scale: scale)
    }
    if let members = groups.members { try slots.meet(members) }
  }

  /// Finishes the tree for this rank's part together with the ranks that have the same part in other groups.
  private func exchange(
    _ part: Range<Int>, _ plan: ReductionPlan, _ groups: RankGroups, _ peers: Communicator, _ scale: Float
  ) throws(MPIError) {
    let slices = ReductionPlan.cut(part.count, into: groups.count)
    let slice = slices.range(of: groups.group)
    let nodes = plan.nodesOfGroup.map(\.count)
    let own = plan.nodesOfGroup[groups.group]
    let needed = nodes.reduce(0, +) * slice.count
    if received.count < needed { received = AlignedBuffer(count: needed) }
    try peers.allToAll(
      combine(own, part, slices, groups),
      BlockLayout(counts: (0..<groups.count).map { slices.range(of: $0).count * own.count }),
      into: UnsafeMutableBufferPointer(start: received.pointer, count: needed),
      BlockLayout(counts: nodes.map { $0 * slice.count }))

    let result = sum.pointer + part.lowerBound
    let sources = (0..<nodes.reduce(0, +)).map { received.pointer + $0 * slice.count }
    plan.finalSum.run(sources, into: [result + slice.lowerBound], count: slice.count, scale: scale)
    try peers.allGather(inPlace: UnsafeMutableBufferPointer(start: result, count: part.count), slices)
    for other in results(from: part.lowerBound, groups).dropFirst() {
      other.update(from: result, count: part.count)
    }
  }

  /// Adds this rank's part of what its group brings up to nodes of the tree, as they go out: for each group its
  /// slice of every node.
  private func combine(
    _ nodes: [ReductionPlan.GroupNode], _ part: Range<Int>, _ slices: BlockLayout, _ groups: RankGroups
  ) -> UnsafeBufferPointer<Float> {
    if nodes.count == 1 {
      // One node needs no packing: its slices lie in order.
      let start = sum.pointer + part.lowerBound
      nodes[0].sum.run(sources(of: nodes[0], from: part.lowerBound, groups), into: [start], count: part.count)
      return UnsafeBufferPointer(start: start, count: part.count)
    }
    let count = nodes.count * part.count
    if outgoing.count < count { outgoing = AlignedBuffer(count: count) }
    var end = outgoing.pointer
    for group in 0..<groups.count {
      let slice = slices.range(of: group)
      for node in nodes {
        node.sum.run(
          sources(of: node, from: part.lowerBound + slice.lowerBound, groups), into: [end], count: slice.count
        )
        end += slice.count
      }
    }
    return UnsafeBufferPointer(start: outgoing.pointer, count: count)
  }

  /// Where the sums are that make up a node of this rank's group, from an element on.
  private func sources(
    of node: ReductionPlan.GroupNode, from element: Int, _ groups: RankGroups
  ) -> [UnsafeMutablePointer<Float>] {
    node.sources.map { slots.pointer($0.slot, of: $0.rank % groups.groupSize) + element }
  }

  /// Where the ranks of the group look for the result, from an element on; this rank first.
  private func results(from element: Int, _ groups: RankGroups) -> [UnsafeMutablePointer<Float>] {
    let others = (0..<groups.groupSize).filter { $0 != groups.member }
    return ([groups.member] + others).map { slots.pointer(0, of: $0) + element }
  }

  // MARK: Set-up

  private func makePlan(_ leaves: Int, _ groups: RankGroups) -> ReductionPlan {
    plans[leaves]
      ?? ReductionPlan(
        leaves: leaves, ranks: communicator.size, groupSize: groups.groupSize, elements: layout.count)
  }

  /// Groups as large as the hosts allow.
  private func makeGroups() throws(MPIError) -> RankGroups {
    let isShared = try communicator.allReduce(choice == .shared ? 1 : 0, .minimum) == 1
    guard isShared else { return try RankGroups(of: 1, in: communicator) }
    let places = try communicator.allGather([communicator.localRank, communicator.localSize])
    let ranks = 0..<communicator.size
    guard let ranksPerHost = RankGroups.ranksPerHost(ranks.map { (places[2 * $0], places[2 * $0 + 1]) })
    else {
      warning = """
        hosts have different numbers of ranks, or ranks that are not consecutive, so that ranks of one host share no \
        memory and the gradient reduction is slower: start equally many on each, host by host
        """
      return try RankGroups(of: 1, in: communicator)
    }
    let size = min(ranksPerHost, largestGroup ?? ranksPerHost)
    precondition(ranksPerHost % size == 0, "hosts of \(ranksPerHost) ranks in groups of \(size)")
    return try RankGroups(of: size, in: communicator)
  }
}
