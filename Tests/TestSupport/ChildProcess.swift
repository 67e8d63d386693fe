internal import Foundation

/// A program started with clean signals, and waited for.
///
/// Foundation's `Process` hands the signal mask of the calling thread down. On the threads that run tests it blocks
/// SIGTERM, with which mpirun and the ranks below it could not be stopped.
struct ChildProcess: Sendable {
  /// Program, looked up in `PATH`, and arguments.
  let command: [String]
  let environment: [String: String]
  let standardOutput: URL
  let standardError: URL

  /// Starts the program and returns its exit code, 128 + n after signal n.
  ///
  /// - Parameter meanwhile: what to do while it runs, given the process; where it throws, the program is terminated.
  func run(_ meanwhile: @Sendable (pid_t) async throws -> Void) async throws -> Int32 {
    let process = try spawn()
    let end = Task { try await wait(for: process) }
    do {
      try await meanwhile(process)
    } catch {
      kill(process, SIGTERM)
      _ = try await end.value
      throw error
    }
    return try await end.value
  }

  private func wait(for process: pid_t) async throws -> Int32 {
    try await withCheckedThrowingContinuation { continuation in
      // A thread of its own, since the wait would block one of the few that run tests.
      Thread {
        var status: Int32 = 0
        var waited: pid_t
        repeat { waited = waitpid(process, &status, 0) } while waited == -1 && errno == EINTR
        if waited == process {
          let signal = status & 0x7f
          continuation.resume(returning: signal == 0 ? (status >> 8) & 0xff : 128 + signal)
        } else {
          continuation.resume(throwing: POSIXError(POSIXErrorCode(rawValue: errno) ?? .ECHILD))
        }
      }.start()
    }
  }

  private func spawn() throws -> pid_t {
    var attributes = posix_spawnattr_t()
    var actions = posix_spawn_file_actions_t()
    posix_spawnattr_init(&attributes)
    posix_spawn_file_actions_init(&actions)
    defer {
      posix_spawnattr_destroy(&attributes)
      posix_spawn_file_actions_destroy(&actions)
    }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, standardOutput.path, O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, standardError.path, O_WRONLY | O_CREAT, 0o600)

    var process: pid_t = 0
    let code = withCStrings(command) { arguments in
      withCStrings(environment.map { "\($0)=\($1)" }) { environment in
        posix_spawnp(&process, command[0], &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .ENOENT) }
    return process
  }
}

/// Passes copies of strings as the null-terminated array that `exec` wants.
private func withCStrings<Value>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
) -> Value {
  let copies = strings.map { strdup($0) }
  defer { copies.forEach { free($0) } }
  return body(copies + [nil])
}
