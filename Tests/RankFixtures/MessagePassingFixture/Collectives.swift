import MessagePassing

/// Runs every collective and compares with what it must give on this number of ranks.
func checkCollectives(on world: Communicator) throws {
  try world.barrier()
  try checkBroadcasts(on: world)
  try checkReductions(on: world)
  try checkGathers(on: world)
  // Beyond Open MPI's limit for eager messages as well.
  for blockLength in [1, 5, 50_001] {
    try checkAllToAll(on: world, blockLength: blockLength)
    try checkGatherInPlace(on: world, blockLength: blockLength)
  }
  if world.isRoot { print("collectives hold on \(world.size) ranks") }
}

private func checkBroadcasts(on world: Communicator) throws {
  for root in 0..<world.size {
    let isRoot = world.rank == root
    try expect("value", try world.broadcast(isRoot ? 2.5 : -1, from: root), 2.5)
    try expect("bytes", try world.broadcast(isRoot ? [UInt8(7), 255] : [], from: root), [7, 255])
    try expect("text", try world.broadcast(isRoot ? "ε = 8/255" : "?", from: root), "ε = 8/255")
    try expect("empty array", try world.broadcast(isRoot ? [Float]() : [1, 2], from: root), [])

    var floats = (0..<70_000).map { isRoot ? Float($0 + root) : 0 }
    try floats.withUnsafeMutableBufferPointer { try world.broadcast($0, from: root) }
    try expect("buffer", floats, (0..<70_000).map { Float($0 + root) })
  }
}

private func checkReductions(on world: Communicator) throws {
  let ranks = 0..<world.size
  let own = world.rank
  try expect("sum of Int", try world.allReduce(own + 1, .sum), ranks.reduce(0) { $0 + $1 + 1 })
  try expect(
    "sum of Int32", try world.allReduce([Int32(own), -1], .sum),
    [Int32(ranks.reduce(0, +)), -Int32(world.size)])
  let large = Int64(1) << 40
  try expect("sum of Int64", try world.allReduce(large, .sum), large * Int64(world.size))
  try expect("sum of UInt64", try world.allReduce(UInt64.max, .sum), 0 &- UInt64(world.size))
  try expect("sum of UInt8", try world.allReduce(UInt8(1), .sum), UInt8(world.size))
  try expect(
    "minimum of Float", try world.allReduce([Float(own), Float(-own)], .minimum), [0, Float(1 - world.size)])
  try expect("maximum of Double", try world.allReduce(Double(own) / 3, .maximum), Double(world.size - 1) / 3)
  try expect("maximum of nothing", try world.allReduce([Double](), .maximum), [])
}

private func checkGathers(on world: Communicator) throws {
  let ranks = 0..<world.size
  let own = world.rank
  try expect("allGather of values", try world.allGather(Int32(own * own)), ranks.map { Int32($0 * $0) })
  try expect(
    "allGather of arrays", try world.allGather([Float(own), 0.5]), ranks.flatMap { [Float($0), 0.5] })
  try expect("allGather of texts", try world.allGather("host\(own)"), ranks.map { "host\($0)" })

  // Rank r brings r elements, so the first brings none.
  let values = (0..<own).map { Double(own) + Double($0) / 8 }
  let expected = ranks.map { rank in (0..<rank).map { Double(rank) + Double($0) / 8 } }
  try expect("allGather of any lengths", try world.allGather(varying: values), expected)
  for root in ranks {
    let isRoot = own == root
    try expect("gather", try world.gather(values, to: root), isRoot ? expected : nil)
    try expect(
      "gather of texts", try world.gather("é\(own)", to: root), isRoot ? ranks.map { "é\($0)" } : nil)
  }
}

/// Element `i` of what rank `sender` sends to rank `receiver`.
private func message(from sender: Int, to receiver: Int, _ i: Int) -> Float {
  Float(sender * 100 + receiver * 10) + Float(i) / 65_536
}

/// Rank s sends `blockLength * (r + 1)` elements to rank r, from blocks that lie in reverse order.
private func checkAllToAll(on world: Communicator, blockLength: Int) throws {
  let ranks = 0..<world.size
  let sent = ranks.map { blockLength * ($0 + 1) }
  let displacements = ranks.map { rank in sent[(rank + 1)...].reduce(0, +) }
  let outgoing = BlockLayout(counts: sent, displacements: displacements)
  let incoming = BlockLayout(counts: ranks.map { _ in blockLength * (world.rank + 1) })

  var source = [Float](repeating: .nan, count: outgoing.extent)
  for receiver in ranks {
    for (i, position) in outgoing.range(of: receiver).enumerated() {
      source[position] = message(from: world.rank, to: receiver, i)
    }
  }
  var destination = [Float](repeating: -1, count: incoming.extent + 3)
  try source.withUnsafeBufferPointer { source in
    try destination.withUnsafeMutableBufferPointer {
      try world.allToAll(source, outgoing, into: $0, incoming)
    }
  }
  let expected = ranks.flatMap { sender in
    (0..<blockLength * (world.rank + 1)).map { message(from: sender, to: world.rank, $0) }
  }
  try expect("allToAll", destination, expected + [-1, -1, -1])
}

/// Rank r's block has `blockLength + r` elements, and there is a gap of one element after each.
private func checkGatherInPlace(on world: Communicator, blockLength: Int) throws {
  let ranks = 0..<world.size
  let counts = ranks.map { blockLength + $0 }
  let displacements = ranks.map { rank in counts[..<rank].reduce(0) { $0 + $1 + 1 } }
  let layout = BlockLayout(counts: counts, displacements: displacements)
  func filled(_ blocks: some Sequence<Int>) -> [Float] {
    var buffer = [Float](repeating: -1, count: layout.extent)
    for block in blocks {
      for (i, position) in layout.range(of: block).enumerated() {
        buffer[position] = message(from: block, to: 0, i)
      }
    }
    return buffer
  }

  var buffer = filled([world.rank])
  try buffer.withUnsafeMutableBufferPointer { try world.allGather(inPlace: $0, layout) }
  try expect("allGather in place", buffer, filled(ranks))
}

/// The operations with counts, where some or all counts are zero.
func checkEmptyBlocks(on world: Communicator) throws {
  let ranks = 0..<world.size
  let nothing = BlockLayout(counts: ranks.map { _ in 0 })
  let noSource = UnsafeBufferPointer<Float>(start: nil, count: 0)
  let noDestination = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
  try world.allToAll(noSource, nothing, into: noDestination, nothing)
  try world.allGather(inPlace: noDestination, nothing)
  try expect("gather of nothing", try world.gather([Float]()), world.isRoot ? ranks.map { _ in [] } : nil)
  try expect("allGather of nothing", try world.allGather(varying: [Int64]()), ranks.map { _ in [] })
  try expect("allGather of empty texts", try world.allGather(""), ranks.map { _ in "" })

  // Only the last rank has anything, and only for rank 0.
  let last = world.size - 1
  let outgoing = BlockLayout(counts: ranks.map { world.rank == last && $0 == 0 ? 4 : 0 })
  let incoming = BlockLayout(counts: ranks.map { world.isRoot && $0 == last ? 4 : 0 })
  let source = [Float](repeating: 9, count: outgoing.extent)
  var destination = [Float](repeating: 0, count: incoming.extent)
  try source.withUnsafeBufferPointer { source in
    try destination.withUnsafeMutableBufferPointer {
      try world.allToAll(source, outgoing, into: $0, incoming)
    }
  }
  try expect("allToAll of one block", destination, world.isRoot ? [9, 9, 9, 9] : [])

  let single = BlockLayout(counts: ranks.map { $0 == last ? 2 : 0 })
  var buffer: [UInt8] = world.rank == last ? [3, 4] : [0, 0]
  try buffer.withUnsafeMutableBufferPointer { try world.allGather(inPlace: $0, single) }
  try expect("allGather of one block", buffer, [3, 4])
  if world.isRoot { print("empty blocks hold on \(world.size) ranks") }
}
