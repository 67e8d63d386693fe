/// A failure that every rank knows of, so that the job can end in order and say so once.
///
/// Thrown by ``Communicator/agree(_:)`` on all ranks alike. When it escapes from the body of
/// ``withMPI(exitCode:_:)``, rank 0 prints it and all ranks finalize and exit with ``exitCode``. A rank must not
/// catch it unless all of them do.
public struct CollectiveFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// The lowest rank that failed; message, host and exit code are its own.
  public let rank: Int
  /// The number of ranks.
  public let size: Int
  /// The host of ``rank``.
  public let host: String
  /// How many ranks failed.
  public let failedRanks: Int
  /// Whether all ranks failed with the same message, which is then nobody's in particular.
  public let isCommon: Bool
  /// What went wrong, as ``rank`` described it.
  public let message: String
  /// The exit code for the job.
  public let exitCode: Int32

  /// The message alone where all ranks share it, otherwise with the rank and host it comes from.
  public var description: String {
    if isCommon { return message }
    let others = failedRanks > 1 ? " (\(failedRanks) of \(size) ranks failed)" : ""
    return "rank \(rank) of \(size) on \(host): \(message)\(others)"
  }
}
