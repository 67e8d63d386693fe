import MessagePassing

extension Communicator {
  /// Checks that all ranks run the same experiment, before any time is spent.
  ///
  /// - Parameter facts: What has to be the same everywhere, by what it is called in the message; of texts with
  ///   many lines the message holds the first line that differs.
  /// - Throws: A failure of all ranks naming the first rank that differs from rank 0, and in what.
  func requireSame(_ facts: [(name: String, value: String)]) throws {
    for fact in facts {
      let values = try allGather(fact.value)
      // All ranks have the same values, and so come to the same end: the names are asked for by all or by none.
      guard let other = values.indices.first(where: { values[$0] != values[0] }) else { continue }
      let hosts = try allGather(hostName)
      let lines = firstDifference(values[other], values[0])
      try agree {
        throw ExperimentError.ranksDiffer(
          "rank \(other) on \(hosts[other]) differs from rank 0 on \(hosts[0]) in its \(fact.name) "
            + "(\(lines.0) instead of \(lines.1)): give all ranks the same program, configuration and data")
      }
    }
  }
}

private func firstDifference(_ text: String, _ other: String) -> (String, String) {
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  let others = other.split(separator: "\n", omittingEmptySubsequences: false)
  let common = zip(lines, others).prefix { $0 == $1 }.count
  let line = { (lines: [Substring]) in
    common < lines.count && !lines[common].isEmpty ? String(lines[common]) : "nothing"
  }
  return (line(lines), line(others))
}
