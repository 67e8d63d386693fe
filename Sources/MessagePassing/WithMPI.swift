internal import COpenMPI
internal import Foundation

/// Initialises MPI, runs `body` as one of its ranks, and ends the process: the one way to use MPI.
///
/// MPI is initialised with `MPI_THREAD_FUNNELED`: other threads may compute, but only the calling one may
/// communicate (MPI 3.1, section 12.4.3). Started without a launcher, the process is rank 0 of 1. There are three
/// ways out:
/// - `body` returns: MPI is finalized, and the process exits with the code `body` returned.
/// - `body` throws ``CollectiveFailure``, on all ranks then: rank 0 prints it on standard error as
///   `holdfast: MESSAGE`, MPI is finalized, and all ranks exit with its code.
/// - `body` throws anything else: this rank prints `holdfast: rank R of N on HOST: ERROR` (`holdfast: ERROR` when
///   it is the only one) and aborts the job. It does not finalize, for that would wait for ranks that wait for it.
///
/// - Parameters:
///   - exitCode: the process's exit code for an error; also used by ``Communicator/agree(_:)``. Zero is taken as 1.
///   - body: the program. Given a duplicate of `MPI_COMM_WORLD`, it returns the process's exit code.
public func withMPI(
  exitCode: @escaping (any Error) -> Int32, _ body: (Communicator) throws -> Int32
) -> Never {
  _ = cmpi_line_buffer_stdout()
  let world: Communicator
  do {
    world = try initialize(exitCode: exitCode)
  } catch {
    reportError(error.description)
    abort(exitCode: exitCode(error))
  }
  CrashReport.install(place: world.size > 1 ? "\(place(of: world)): " : "")
  if let warning = LaunchEnvironment.current.foreignLauncherWarning(mpiSize: world.size) {
    reportError(warning)
  }

  do {
    let code = try body(world)
    try finalize(world)
    exit(code)
  } catch let failure as CollectiveFailure {
    // Before finalizing, which waits for all: mpirun ends the job when the first rank exits with an error.
    if world.isRoot { reportError(failure.description) }
    try? finalize(world)
    exit(failure.exitCode)
  } catch {
    let code = world.nonZeroExitCode(for: error)
    let message = (error as? MPIError)?.cause ?? "\(error)"
    guard world.size > 1 else {
      reportError(message)
      // Nobody to wait for, and aborting would add the library's own page of text.
      try? finalize(world)
      exit(code)
    }
    reportError("\(place(of: world)): \(message)")
    abort(exitCode: code)
  }
}

/// What a message of one of several ranks begins with.
private func place(of world: Communicator) -> String {
  "rank \(world.rank) of \(world.size) on \(world.hostName)"
}

private func initialize(exitCode: @escaping (any Error) -> Int32) throws(MPIError) -> Communicator {
  let call: StaticString = "MPI_Init_thread"
  let requested = CInt(MPI_THREAD_FUNNELED)
  var provided: CInt = -1
  try checkMPI(call) { MPI_Init_thread(nil, nil, requested, &provided) }
  guard provided >= requested else {
    throw MPIError(
      call: "\(call)", code: CInt(MPI_ERR_OTHER),
      message: "thread level \(requested) is needed, the library grants \(provided)")
  }
  return try Communicator(duplicating: cmpi_comm_world(), exitCode: exitCode)
}

private func finalize(_ world: Communicator) throws(MPIError) {
  // What is still in a buffer when mpirun ends the job is lost.
  fflush(nil)
  try world.free()
  try checkMPI("MPI_Finalize", rank: world.rank, size: world.size) { MPI_Finalize() }
}

private func abort(exitCode: Int32) -> Never {
  fflush(nil)
  var isInitialized: CInt = 0
  if MPI_Initialized(&isInitialized) == MPI_SUCCESS, isInitialized != 0 {
    MPI_Abort(cmpi_comm_world(), exitCode)
  }
  // Reached only where the library could not abort.
  _exit(exitCode)
}

/// Writes one line on standard error at once, so that lines of several ranks do not mix.
private func reportError(_ text: String) {
  try? FileHandle.standardError.write(contentsOf: Data("holdfast: \(text)\n".utf8))
}
