import DataParallel
import Foundation
import MessagePassing
import Tensors

/// One rank of a job that adds gradients up in every way there is: `ReductionFixture SCENARIO`.
@main
struct ReductionFixture {
  static func main() {
    withMPI(exitCode: { _ in 70 }) { world in
      switch CommandLine.arguments.dropFirst().first {
      case "bits": try checkBits(on: world)
      case "no-memory": try checkWithoutMemory(on: world, fromSlot: 0)
      case "no-more-memory": try checkWithoutMemory(on: world, fromSlot: 1)
      case "differing-choices": try checkDifferingChoices(on: world)
      case "throw":
        let reduction = SampleReduction(GradientReducer(world, SampleReduction.layouts[0]), on: world)
        try reduction.check(leaves: world.size)
        if world.rank == world.size - 1 { throw FixtureError("out of luck") }
        try reduction.check(leaves: world.size)
      default: throw FixtureError("no such scenario")
      }
      return 0
    }
  }

  /// All paths, for numbers of micro-batches that make ranks own nothing, one node, or several.
  private static func checkBits(on world: Communicator) throws {
    var paths: [String] = []
    for layout in SampleReduction.layouts {
      paths = []
      let divisors = (1...world.size).filter { world.size % $0 == 0 }
      for (choice, group) in divisors.map({ (ReductionChoice.shared, $0) }) + [(.exchange, world.size)] {
        let reducer = GradientReducer(world, layout, choice: choice, largestGroup: group)
        let reduction = SampleReduction(reducer, on: world)
        for leaves in [16, 1, 2, 3, 5, 8, 11, 33, 16] { try reduction.check(leaves: leaves) }
        guard reducer.warning == nil, let path = reducer.path else {
          throw FixtureError("warned of \(reducer.warning ?? "nothing")")
        }
        paths.append("\(path)")
      }
    }
    if world.isRoot { for path in paths { print(path) } }
  }

  /// The last rank can open no more files from some slot on.
  private static func checkWithoutMemory(on world: Communicator, fromSlot slot: Int) throws {
    let reducer = GradientReducer(world, SampleReduction.layouts[0], choice: .shared)
    let reduction = SampleReduction(reducer, on: world)
    // Every rank owns one node, then at least one owns two.
    if slot > 0 { try reduction.check(leaves: world.size) }
    let before = reducer.path
    try withoutDescriptors(world.rank == world.size - 1) { try reduction.check(leaves: 11) }
    try reduction.check(leaves: world.size)
    let line = "\(before.map { "\($0)" } ?? "nothing") -> \(reducer.path?.description ?? "nothing")"
    for text in try world.gather("\(line): \(reducer.warning ?? "no warning")") ?? [] { print(text) }
  }

  /// One rank's environment asks for messages only.
  private static func checkDifferingChoices(on world: Communicator) throws {
    let choice: ReductionChoice = world.rank == world.size - 1 ? .exchange : .shared
    let reducer = GradientReducer(world, SampleReduction.layouts[0], choice: choice)
    try SampleReduction(reducer, on: world).check(leaves: 8)
    for path in try world.gather(reducer.path?.description ?? "nothing") ?? [] { print(path) }
  }

  private static func withoutDescriptors(_ isOn: Bool, _ body: () throws -> Void) throws {
    guard isOn else { return try body() }
    var usual = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual)
    var none = rlimit(rlim_cur: 0, rlim_max: usual.rlim_max)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
    defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual) }
    try body()
  }
}

/// A rank does not have what it should.
struct FixtureError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
