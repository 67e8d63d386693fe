import Glibc
import MessagePassing
import Synchronization

/// A polite request to stop: SIGUSR1, which mpirun passes on to all ranks, or SIGTERM sent to a rank itself.
///
/// The handler only raises a flag. The flag is reduced over all ranks after every step, so that all of them stop
/// behind the same one, write a checkpoint, and exit with code 75 for a scheduler to start them again.
public enum StopRequest {
  private static let raised = Atomic<Bool>(false)

  /// Starts to listen.
  ///
  /// Called after MPI has been initialised, which installs handlers of its own.
  public static func listen() {
    // The first use initialises the flag, which a signal handler may not do.
    raised.store(false, ordering: .relaxed)
    for number in [SIGUSR1, SIGTERM] {
      signal(number) { _ in StopRequest.raised.store(true, ordering: .relaxed) }
    }
  }

  /// Whether this rank was asked to stop; others may have another answer.
  public static var isRaisedHere: Bool { raised.load(ordering: .relaxed) }

  /// Whether any rank was asked to stop; the same answer on all of them.
  static func isRaised(on communicator: Communicator) throws(MPIError) -> Bool {
    try communicator.allReduce(isRaisedHere ? 1 : 0, .maximum) == 1
  }
}
