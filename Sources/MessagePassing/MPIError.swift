internal import COpenMPI

/// An MPI call that did not return `MPI_SUCCESS`.
///
/// After one the state of the communicator is unknown (MPI 3.1, section 8.3): do not go on, let it escape from
/// the body of ``withMPI(exitCode:_:)``, which ends the job.
public struct MPIError: Error, Sendable, CustomStringConvertible {
  /// The C function, such as `MPI_Bcast`.
  public let call: String
  /// The code it returned.
  public let code: Int32
  /// The library's own words for the code.
  public let message: String
  /// The rank it failed on, where that is known already.
  public let rank: Int?
  /// The number of ranks, where that is known already.
  public let size: Int?

  /// For example `MPI_Bcast failed on rank 2 of 4: MPI_ERR_ROOT: invalid root (8)`.
  public var description: String {
    guard let rank, let size else { return cause }
    return "\(call) failed on rank \(rank) of \(size): \(message) (\(code))"
  }

  /// The description without the rank, for a line that begins with the rank.
  var cause: String { "\(call) failed: \(message) (\(code))" }

  init(call: String, code: CInt, message: String? = nil, rank: Int? = nil, size: Int? = nil) {
    self.call = call
    self.code = code
    self.message = message ?? Self.text(for: code)
    self.rank = rank
    self.size = size
  }

  /// The text of `MPI_Error_string` (MPI 3.1, section 8.4).
  private static func text(for code: CInt) -> String {
    var length: CInt = 0
    let text = readString(capacity: Int(MPI_MAX_ERROR_STRING)) { MPI_Error_string(code, $0, &length) }
    return text ?? "unknown error"
  }
}

/// Runs one MPI call and turns its return code into an error; no call goes past this.
///
/// - Parameters:
///   - call: the name of the C function.
///   - rank: the calling rank, once known.
///   - size: the number of ranks, once known.
///   - body: the call.
func checkMPI(
  _ call: StaticString, rank: Int? = nil, size: Int? = nil, _ body: () -> CInt
) throws(MPIError) {
  let code = body()
  guard code == MPI_SUCCESS else {
    throw MPIError(call: "\(call)", code: code, rank: rank, size: size)
  }
}

/// Lets `fill` write a C string into a buffer of `capacity` characters; nil where it reports failure.
func readString(capacity: Int, _ fill: (UnsafeMutablePointer<CChar>?) -> CInt) -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity + 1) { buffer in
    buffer.initialize(repeating: 0)
    guard fill(buffer.baseAddress) == MPI_SUCCESS else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
