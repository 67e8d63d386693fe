import Foundation
import MessagePassing

/// One rank of a job that a test starts: `MessagePassingFixture SCENARIO`.
@main
struct MessagePassingFixture {
  static func main() {
    withMPI(exitCode: { ($0 as? FixtureError)?.exitCode ?? 69 }) { world in
      guard let scenario = CommandLine.arguments.dropFirst().first.flatMap(Scenario.init) else {
        throw FixtureError("no such scenario", exitCode: 64)
      }
      return try scenario.run(on: world)
    }
  }
}

/// An error with an exit code of its own.
struct FixtureError: Error, CustomStringConvertible {
  let description: String
  let exitCode: Int32

  init(_ description: String, exitCode: Int32) {
    self.description = description
    self.exitCode = exitCode
  }
}

/// Throws unless a collective gave the expected value.
func expect<Value: Equatable>(_ what: String, _ actual: Value, _ expected: Value) throws {
  guard actual == expected else {
    throw FixtureError("\(what) gave \(actual) instead of \(expected)", exitCode: 70)
  }
}
