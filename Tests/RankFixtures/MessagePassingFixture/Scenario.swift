import Foundation
import MessagePassing

/// What the fixture does with its ranks.
enum Scenario: String {
  case collectives
  case emptyBlocks = "empty-blocks"
  case parts
  case sharedBlocks = "shared-blocks"
  case badRootInPart = "bad-root-in-part"
  case place
  case badRoot = "bad-root"
  case throwOnLast = "throw-on-last"
  case throwWhileOthersCompute = "throw-while-others-compute"
  case returnCode = "return-code"
  case agreeSuccess = "agree-success"
  case agreeOneFails = "agree-one-fails"
  case agreeTwoFail = "agree-two-fail"
  case agreeAllFail = "agree-all-fail"
  case agreeAllFailDifferently = "agree-all-fail-differently"
  case agreeNested = "agree-nested"
  case agreeCommunicationFails = "agree-communication-fails"
  case caughtFailure = "caught-failure"
  case zeroCode = "zero-code"
  case otherThread = "other-thread"
  case largeCount = "large-count"

  func run(on world: Communicator) throws -> Int32 {
    let last = world.size - 1
    switch self {
    case .collectives: try checkCollectives(on: world)
    case .emptyBlocks: try checkEmptyBlocks(on: world)
    case .parts: try checkParts(on: world)
    case .sharedBlocks: try checkSharedBlocks(on: world)
    case .badRootInPart:
      let part = try world.split(color: world.rank == last ? 1 : 0)
      if world.rank == last { _ = try part.broadcast(1, from: 99) }
      try world.barrier()
    case .place:
      let place = "\(world.rank)/\(world.size) local \(world.localRank)/\(world.localSize) \(world.hostName)"
      let launch = LaunchEnvironment.current
      let started = "\(launch.launcher) \(launch.rank ?? -1)/\(launch.size ?? -1)"
      for line in try world.gather("\(place) \(started)") ?? [] { print(line) }
    case .badRoot:
      if world.rank == last { _ = try world.broadcast(1, from: 99) }
      try world.barrier()
    case .throwOnLast:
      print("rank \(world.rank) was here")
      try world.barrier()
      if world.rank == last { throw FixtureError("out of luck", exitCode: 65) }
      try world.barrier()
    case .throwWhileOthersCompute:
      try world.barrier()
      if world.rank == last { throw FixtureError("out of luck", exitCode: 66) }
      while true { pause() }
    case .returnCode: return 75
    case .agreeSuccess:
      try expect("agree", try world.agree { world.rank * 10 }, world.rank * 10)
      try expect("sum afterwards", try world.allReduce(1, .sum), world.size)
    case .agreeOneFails: try agree(on: world) { $0 == last ? "disk \($0) is full" : nil }
    case .agreeTwoFail: try agree(on: world) { $0 >= last - 1 ? "disk \($0) is full" : nil }
    case .agreeAllFail: try agree(on: world) { _ in "no such file: digits" }
    case .agreeAllFailDifferently: try agree(on: world) { "no such file: digits-\($0)" }
    case .agreeNested: try world.agree { try agree(on: world) { $0 == last ? "disk \($0) is full" : nil } }
    case .agreeCommunicationFails:
      try world.agree { if world.rank == last { _ = try world.broadcast(1, from: 99) } }
    case .caughtFailure: return try catchFailure(on: world)
    case .zeroCode: throw FixtureError("an error is not a success", exitCode: 0)
    case .otherThread: callFromOtherThread(world)
    case .largeCount:
      // Never touched: the count is refused before MPI sees the address.
      let start = UnsafeMutablePointer<Float>(bitPattern: 64)
      try world.broadcast(UnsafeMutableBufferPointer(start: start, count: 3_000_000_000))
    }
    return 0
  }

  /// Fails on the ranks for which there is a message, with exit code 60 + rank.
  private func agree(on world: Communicator, failing message: (Int) -> String?) throws {
    try world.agree {
      if let message = message(world.rank) {
        throw FixtureError(message, exitCode: 60 + Int32(world.rank))
      }
    }
  }

  /// Every rank sees the same failure, and communication goes on after it.
  private func catchFailure(on world: Communicator) throws -> Int32 {
    do {
      try agree(on: world) { $0 == world.size - 1 ? "disk \($0) is full" : nil }
    } catch let failure as CollectiveFailure {
      let line = "\(failure.rank) \(failure.failedRanks) \(failure.exitCode) \(failure.message)"
      for line in try world.gather(line) ?? [] { print(line) }
    }
    return 0
  }

  private func callFromOtherThread(_ world: Communicator) {
    nonisolated(unsafe) let world = world
    Thread { try? world.barrier() }.start()
    while true { pause() }
  }
}
