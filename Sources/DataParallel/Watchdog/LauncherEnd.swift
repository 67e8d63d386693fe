import Foundation

/// Sees to it that mpirun ends when a rank that it started gave up.
///
/// mpirun then asks its daemons to end their ranks, and waits for every answer. It waits until keepalive for a host that
/// is gone, and for ever for one that is frozen, whose connections stay.
enum LauncherEnd {
  /// The programs behind the names `mpirun` and `mpiexec`.
  private static let launchers: Set<String> = ["orterun", "prterun", "prte", "mpirun"]

  /// Starts a process that kills the launcher if it is still there after some seconds; it ends with the launcher.
  ///
  /// Only a launcher that is the parent of this process can be reached.
  static func enforce(withinSeconds seconds: Int) {
    let launcher = getppid()
    let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(launcher)/exe")) ?? ""
    guard launchers.contains((program as NSString).lastPathComponent) else { return }
    let script = """
      second=0
      while [ $second -lt \(seconds) ]; do
        kill -0 \(launcher) 2>/dev/null || exit 0
        sleep 1
        second=$((second + 1))
      done
      kill -KILL \(launcher)
      """
    var attributes = posix_spawnattr_t()
    var actions = posix_spawn_file_actions_t()
    posix_spawnattr_init(&attributes)
    posix_spawn_file_actions_init(&actions)
    defer {
      posix_spawnattr_destroy(&attributes)
      posix_spawn_file_actions_destroy(&actions)
    }
    // A group of its own, since mpirun ends that of the rank; and none of the pipes for whose end mpirun waits.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    for descriptor in open.compactMap({ Int32($0) }) where descriptor > STDERR_FILENO {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    let words: [String] = ["sh", "-c", script]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    let environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), nil]
    defer { (arguments + environment).forEach { free($0) } }
    var process: pid_t = 0
    _ = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environment)
  }
}
