public import MessagePassing

/// `holdfast doctor`: what this machine and this MPI can do, and what is wrong.
public struct DoctorRun {
  private let version: String
  private let threads: Int?
  private let output: String
  private let isJSON: Bool
  private let communicator: Communicator

  /// Prepares the command on one rank.
  ///
  /// - Parameters:
  ///   - version: the program's.
  ///   - threads: the threads of each rank in the runs to come; nil for what the affinity leaves.
  ///   - output: the folder in the runs to come.
  ///   - isJSON: whether the report is one JSON object instead of text.
  ///   - communicator: the ranks of the job.
  public init(
    version: String, threads: Int?, output: String, json isJSON: Bool, on communicator: Communicator
  ) {
    self.version = version
    self.threads = threads
    self.output = output
    self.isJSON = isJSON
    self.communicator = communicator
  }

  /// Gathers facts on all ranks, judges and prints them on rank 0, and returns the exit code.
  public func run() throws -> Int32 {
    let placement = RankPlacement.current(requestedThreads: threads, on: communicator)
    let plan = ThreadPlan(try communicator.allGather(encoding: placement))
    let facts = RankFacts.gather(
      version: version, placement: placement, threads: plan.threads[communicator.rank], on: communicator)
    let ranks = try communicator.allGather(encoding: facts)
    let areSumsRight = try CollectiveCheck.run(on: communicator)
    let code = try communicator.agree { () -> Int32 in
      guard communicator.isRoot else { return ExitStatus.success }
      let findings =
        Diagnosis(ranks).findings + [sums(areSumsRight)] + Surroundings.datasets()
        + [Surroundings.output(output)]
      let report = DoctorReport(findings, ranks: ranks)
      let console = Console(isSpeaker: true)
      try console.print(report, asJSON: isJSON, text: report.description)
      return report.exitCode
    }
    return try communicator.broadcast(code)
  }

  private func sums(_ areRight: Bool) -> Finding {
    let ranks = communicator.size == 1 ? "1 rank" : "\(communicator.size) ranks"
    return areRight
      ? .ok("sums", "integers and gradients add up over \(ranks)")
      : .problem(
        "sums", "sums over \(ranks) are wrong", remedy: "trust no result of this MPI installation",
        isInternal: true)
  }
}
