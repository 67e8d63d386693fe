public import Foundation

/// A job under way, for tests that signal it.
public struct RunningJob: Sendable {
  /// The `timeout` that runs it.
  let process: pid_t
  let hasLauncher: Bool

  /// The process of `mpirun`; nil without a launcher, and before it has started.
  public var launcher: pid_t? {
    hasLauncher ? children(of: process).first : nil
  }

  /// The processes of the ranks, in their order, that have started and not ended.
  public var ranks: [pid_t] {
    guard hasLauncher else { return children(of: process) }
    guard let launcher else { return [] }
    return children(of: launcher).compactMap { child in rank(of: child).map { (rank: $0, process: child) } }
      .sorted { $0.rank < $1.rank }.map(\.process)
  }

  /// Sends a signal to processes of the job, if it is still there.
  public func send(_ signal: Int32, to processes: [pid_t]) {
    guard isRunning else { return }
    for process in processes { kill(process, signal) }
  }

  /// Waits until something is so that only looking can tell, such as the contents of a file.
  ///
  /// - Returns: false if the job ended before.
  public func wait(until condition: () throws -> Bool) async throws -> Bool {
    while isRunning {
      if try condition() { return true }
      // No guess about how long anything takes: only what keeps the looking from taking a core.
      try await Task.sleep(for: .milliseconds(2))
    }
    return false
  }

  private var isRunning: Bool { kill(process, 0) == 0 }

  private func rank(of process: pid_t) -> Int? {
    let variables = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/environ"))
    let name = "OMPI_COMM_WORLD_RANK="
    return variables?.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      .first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.count)) }
  }
}

private func children(of parent: pid_t) -> [pid_t] {
  let processes =
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { pid_t($0) } ?? []
  return processes.sorted().filter { process in
    guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return false }
    // PID (NAME) STATE PARENT ..., where the name may hold anything.
    let afterName = String(decoding: data, as: UTF8.self).split(separator: ")").last ?? ""
    let fields = afterName.split(separator: " ")
    return fields.count > 1 && pid_t(fields[1]) == parent && fields[0] != "Z"
  }
}
