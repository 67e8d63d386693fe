import MessagePassing

/// Splits the ranks into those of even and of odd number, and those again.
func checkParts(on world: Communicator) throws {
  let part = try world.split(color: world.rank % 2)
  try expect("rank", part.rank, world.rank / 2)
  try expect("size", part.size, (world.size + 1 - world.rank % 2) / 2)
  let members = stride(from: world.rank % 2, to: world.size, by: 2).map { $0 }
  try expect("members", try part.allGather(world.rank), members)

  let alone = try part.split(color: part.rank)
  try expect("sum alone", try alone.allReduce(world.rank, .sum), world.rank)
  // All communicators stay usable side by side.
  try expect("sum of all", try world.allReduce(1, .sum), world.size)
  try expect("sum of the part", try part.allReduce(1, .sum), members.count)
  if world.isRoot { print("parts hold on \(world.size) ranks") }
}

/// Every rank writes into its own block and into one element of everybody's, and reads all.
func checkSharedBlocks(on world: Communicator) throws {
  let size = world.size
  let shared = try SharedBlocks<Int32>.allocate(count: 50_000 + size, on: world).get()
  try expect("blocks", shared.blocks.count, size)
  let own = shared.blocks[world.rank]
  try expect("zeros", (0..<50_000 + size).allSatisfy { own[$0] == 0 }, true)
  try world.barrier()
  for index in 0..<50_000 { own[index] = Int32(world.rank * 100_000 + index) }
  for block in shared.blocks { block[50_000 + world.rank] = Int32(world.rank) }

  shared.fence()
  try world.barrier()
  shared.fence()
  for (rank, block) in shared.blocks.enumerated() {
    let isRight = (0..<50_000).allSatisfy { block[$0] == Int32(rank * 100_000 + $0) }
    try expect("block of rank \(rank)", isRight, true)
    try expect("marks in it", (0..<size).map { block[50_000 + $0] }, (0..<Int32(size)).map { $0 })
  }
  if world.isRoot { print("shared blocks hold on \(size) ranks") }
}
