extension Communicator {
  /// Runs local work on every rank and goes on only if it succeeded on all of them.
  ///
  /// For work that may fail on some ranks or on all alike, such as reading the configuration or the data: every
  /// rank learns of the failure, so none is left waiting and the message appears once. Costs a reduction of one
  /// integer where all goes well.
  ///
  /// - Parameter work: what to do on this rank. No collective operation inside, except another `agree` that all
  ///   ranks take part in.
  /// - Returns: what `work` returned on this rank.
  /// - Throws: ``CollectiveFailure`` on every rank if `work` failed on any, with the message of the lowest such
  ///   rank; ``MPIError`` if communication itself fails.
  public func agree<Value>(_ work: () throws -> Value) throws -> Value {
    let outcome: Result<Value, any Error>
    do {
      outcome = .success(try work())
    } catch let error as MPIError {
      // The other ranks may be inside the call that failed here: nothing can be agreed on any more.
      throw error
    } catch {
      outcome = .failure(error)
    }
    if let failure = try exchangeFailures(of: outcome) { throw failure }
    return try outcome.get()
  }

  /// What all ranks report if any of them failed.
  private func exchangeFailures<Value>(
    of outcome: Result<Value, any Error>
  ) throws(MPIError) -> CollectiveFailure? {
    var failure: (any Error)?
    if case .failure(let error) = outcome { failure = error }
    let ownMessage = failure.map { "\($0)" }
    guard let (reporter, message) = try lowestReport(ownMessage) else { return nil }
    return CollectiveFailure(
      rank: reporter,
      size: size,
      host: try broadcast(hostName, from: reporter),
      failedRanks: try allReduce(failure == nil ? 0 : 1, .sum),
      isCommon: try allReduce(ownMessage == message ? 1 : 0, .sum) == size,
      message: message,
      exitCode: try broadcast(failure.map(nonZeroExitCode) ?? 0, from: reporter))
  }

  /// What the lowest rank that has something to report says, on all ranks; all of them call.
  ///
  /// Costs a reduction of one integer where nobody has.
  ///
  /// - Parameter own: this rank's report; nil for none.
  /// - Returns: the rank and its report; nil where no rank has any.
  /// - Throws: ``MPIError``.
  public func lowestReport(_ own: String?) throws(MPIError) -> (rank: Int, text: String)? {
    let reporter = try allReduce(own == nil ? size : rank, .minimum)
    guard reporter < size else { return nil }
    return (reporter, try broadcast(own ?? "", from: reporter))
  }

  /// The process's exit code for an error, never that of success.
  func nonZeroExitCode(for error: any Error) -> Int32 {
    if let failure = error as? CollectiveFailure { return failure.exitCode }
    let code = exitCode(error)
    return code == 0 ? 1 : code
  }
}
