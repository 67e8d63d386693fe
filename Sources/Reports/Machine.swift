import Foundation

/// What can be learned about the machine without asking any library.
public struct Machine: Codable, Sendable, Equatable {
  /// The host's name.
  public var host: String
  /// The CPU's model name; nil where the kernel does not tell.
  public var cpu: String?
  /// The CPUs this process may run on, as the kernel lists them (`0-3,8`); nil where it does not tell.
  public var affinity: String?
  /// How many CPUs those are.
  public var cpus: Int

  /// Creates a description.
  public init(host: String, cpu: String?, affinity: String?, cpus: Int) {
    self.host = host
    self.cpu = cpu
    self.affinity = affinity
    self.cpus = cpus
  }

  /// Describes the machine and the affinity mask of this process.
  public static func current() -> Machine {
    let affinity = procEntry("Cpus_allowed_list", in: "/proc/self/status")
    return Machine(
      host: ProcessInfo.processInfo.hostName, cpu: procEntry("model name", in: "/proc/cpuinfo"),
      affinity: affinity,
      cpus: affinity.flatMap(cpuCount) ?? ProcessInfo.processInfo.activeProcessorCount)
  }

  /// The first `key : value` line of a file under `/proc`.
  private static func procEntry(_ key: String, in path: String) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    return entry(key, in: text)
  }

  package static func entry(_ key: String, in text: String) -> String? {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == key else { continue }
      return parts[1].trimmingCharacters(in: .whitespaces)
    }
    return nil
  }

  /// The number of CPUs in a kernel list such as `0-3,8`; nil if it is none.
  package static func cpuCount(_ list: String) -> Int? {
    cpuSet(list)?.count
  }

  /// The CPUs in a kernel list such as `0-3,8`; nil if it is none.
  package static func cpuSet(_ list: String) -> Set<Int>? {
    var cpus: Set<Int> = []
    for range in list.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
        return nil
      }
      cpus.formUnion(first...last)
    }
    return cpus.isEmpty ? nil : cpus
  }
}
