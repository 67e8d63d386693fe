import Kernels
import MessagePassing

extension Communicator {
  /// Checks that all ranks run the same experiment, before any time is spent.
  ///
  /// - Parameter facts: What has to be the same everywhere, by what it is called in the message.
  /// - Throws: A failure of all ranks naming the first rank that differs from rank 0, and in what.
  func requireSame(_ facts: [(name: String, value: String)]) throws {
    for fact in facts {
      let values = try allGather(fact.value)
      let hosts = try allGather(hostName)
      guard let other = values.indices.first(where: { values[$0] != values[0] }) else { continue }
      try agree {
        throw ExperimentError.ranksDiffer(
          "rank \(other) on \(hosts[other]) differs from rank 0 on \(hosts[0]) in its \(fact.name) "
            + "(\(values[other]) instead of \(values[0])): give all hosts the same program, configuration and data"
        )
      }
    }
  }
}
