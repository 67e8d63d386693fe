internal import COpenMPI

/// The ranks of the job, and the collective operations between them.
///
/// Wraps a duplicate of `MPI_COMM_WORLD`, so that no message of another library in the process is ever taken for
/// one of ours. There is one, handed out by ``withMPI(exitCode:_:)``, from which others may be split. Every
/// collective must be called by all its ranks in the same order, and only from the thread that called `withMPI`
/// (`MPI_THREAD_FUNNELED`): the class is not `Sendable`, and a call from another thread stops the program.
///
/// Every operation throws ``MPIError`` when its MPI call fails. Not wrapped: point-to-point messages, non-blocking
/// operations, one-sided communication, files, derived data types and groups. No floating-point sum either: the
/// order of its additions, and with it the last bits, would be the library's choice.
public final class Communicator {
  /// This process's number, `0..<size`.
  public let rank: Int
  /// The number of processes.
  public let size: Int
  /// This process's number among those on the same host, `0..<localSize`.
  public let localRank: Int
  /// The number of processes on the same host (those that can share memory).
  public let localSize: Int
  /// The host's name (`MPI_Get_processor_name`).
  public let hostName: String

  let handle: MPI_Comm?
  let exitCode: (any Error) -> Int32
  /// This process's number in the whole job and the number of all, for messages.
  private let place: (rank: Int, size: Int)
  private var parts: [Communicator] = []

  /// Whether this is rank 0, which speaks and writes for all.
  public var isRoot: Bool { rank == 0 }

  /// Duplicates `parent` and has errors on both returned as codes.
  convenience init(duplicating parent: MPI_Comm?, exitCode: @escaping (any Error) -> Int32) throws(MPIError) {
    var duplicate = cmpi_comm_null()
    try checkMPI("MPI_Comm_set_errhandler") { MPI_Comm_set_errhandler(parent, cmpi_errors_return()) }
    try checkMPI("MPI_Comm_dup") { MPI_Comm_dup(parent, &duplicate) }
    try self.init(adopting: duplicate, exitCode: exitCode)
  }

  /// Takes over a handle; `place` is this process's in the whole job where that is not the communicator's own.
  private init(
    adopting handle: MPI_Comm?, place: (rank: Int, size: Int)? = nil,
    exitCode: @escaping (any Error) -> Int32
  ) throws(MPIError) {
    try checkMPI("MPI_Comm_set_errhandler") { MPI_Comm_set_errhandler(handle, cmpi_errors_return()) }
    self.handle = handle
    self.exitCode = exitCode
    (rank, size) = try Self.place(in: handle)
    (localRank, localSize) = try Self.placeOnHost(of: handle, rank: rank)
    self.place = place ?? (rank, size)

    var length: CInt = 0
    hostName =
      readString(capacity: Int(MPI_MAX_PROCESSOR_NAME)) { MPI_Get_processor_name($0, &length) } ?? "unknown"
  }

  /// Waits until all ranks have come here (`MPI_Barrier`, MPI 3.1, section 5.3).
  public func barrier() throws(MPIError) {
    try check("MPI_Barrier") { MPI_Barrier(handle) }
  }

  /// The ranks that pass the same `color`, in the order of their numbers here, as a communicator of their own.
  ///
  /// It lives until the job ends: make it once. `MPI_Comm_split`, MPI 3.1, section 6.4.2.
  ///
  /// - Parameter color: not negative.
  /// - Returns: the communicator that this rank is in.
  public func split(color: Int) throws(MPIError) -> Communicator {
    try adoptPart("MPI_Comm_split") {
      MPI_Comm_split(handle, mpiCount(color, of: Communicator.self), CInt(rank), &$0)
    }
  }

  /// The ranks of this rank's host, in the order of their numbers here, as a communicator of their own.
  ///
  /// It lives until the job ends: make it once. `MPI_Comm_split_type` with `MPI_COMM_TYPE_SHARED`, MPI 3.1,
  /// section 6.4.2.
  public func splitByHost() throws(MPIError) -> Communicator {
    try adoptPart("MPI_Comm_split_type") {
      MPI_Comm_split_type(handle, CInt(MPI_COMM_TYPE_SHARED), CInt(rank), cmpi_info_null(), &$0)
    }
  }

  private func adoptPart(
    _ call: StaticString, _ split: (inout MPI_Comm?) -> CInt
  ) throws(MPIError) -> Communicator {
    var part = cmpi_comm_null()
    try check(call) { split(&part) }
    let communicator = try Communicator(adopting: part, place: place, exitCode: exitCode)
    parts.append(communicator)
    return communicator
  }

  /// Gives the communicator and those split from it back; nothing may be called on them afterwards.
  func free() throws(MPIError) {
    for part in parts.reversed() { try part.free() }
    parts = []
    var handle = handle
    try check("MPI_Comm_free") { MPI_Comm_free(&handle) }
  }

  /// Runs one MPI call, and names call and rank where it fails.
  func check(_ call: StaticString, _ body: () -> CInt) throws(MPIError) {
    requireInitializingThread(for: call)
    try checkMPI(call, rank: place.rank, size: place.size, body)
  }

  private func requireInitializingThread(for call: StaticString) {
    var isMain: CInt = 0
    guard MPI_Is_thread_main(&isMain) == MPI_SUCCESS, isMain != 0 else {
      fatalError("\(call) was called from a thread other than the one that initialised MPI")
    }
  }

  private static func place(in handle: MPI_Comm?) throws(MPIError) -> (rank: Int, size: Int) {
    var rank: CInt = 0
    var size: CInt = 0
    try checkMPI("MPI_Comm_rank") { MPI_Comm_rank(handle, &rank) }
    try checkMPI("MPI_Comm_size") { MPI_Comm_size(handle, &size) }
    return (Int(rank), Int(size))
  }

  private static func placeOnHost(
    of handle: MPI_Comm?, rank: Int
  ) throws(MPIError) -> (rank: Int, size: Int) {
    var host = cmpi_comm_null()
    try checkMPI("MPI_Comm_split_type") {
      MPI_Comm_split_type(handle, CInt(MPI_COMM_TYPE_SHARED), CInt(rank), cmpi_info_null(), &host)
    }
    let place = try place(in: host)
    try checkMPI("MPI_Comm_free") { MPI_Comm_free(&host) }
    return place
  }
}

/// The one conversion to MPI's `int` counts; stops the program with the size where it does not fit.
func mpiCount(_ count: Int, of element: Any.Type) -> CInt {
  guard let converted = CInt(exactly: count) else {
    fatalError("\(count) elements of \(element) exceed the \(CInt.max) that one MPI call can carry")
  }
  return converted
}
