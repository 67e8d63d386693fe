import Foundation
import Reports

/// What the operating system, or the container a process is in, allows it.
package struct SystemLimits: Codable, Equatable, Sendable {
  /// The CPUs of the host that are switched on.
  package var hostCPUs: Int
  /// How many CPUs' time a container may use; nil without a limit.
  package var cpuQuota: Double?
  /// The bytes of memory of the host, or of the container where that has less.
  package var memory: Int
  /// The bytes of memory that are free or can be freed.
  package var availableMemory: Int
  /// The bytes of shared memory that files in `/dev/shm` may take; nil without such a folder.
  package var sharedMemory: Int?
  /// The bytes of it that are free.
  package var availableSharedMemory: Int?

  /// Puts limits together.
  package init(
    hostCPUs: Int, cpuQuota: Double? = nil, memory: Int, availableMemory: Int, sharedMemory: Int? = nil,
    availableSharedMemory: Int? = nil
  ) {
    self.hostCPUs = hostCPUs
    self.cpuQuota = cpuQuota
    self.memory = memory
    self.availableMemory = availableMemory
    self.sharedMemory = sharedMemory
    self.availableSharedMemory = availableSharedMemory
  }

  /// Describes the limits of this process.
  package static func current() -> SystemLimits {
    let memory = text("/proc/meminfo")
    let total = bytes("MemTotal", in: memory)
    let limit = ["memory.max", "memory/memory.limit_in_bytes"].compactMap(controlGroupLimit).first
    let shared = space(of: "/dev/shm")
    return SystemLimits(
      hostCPUs: ProcessInfo.processInfo.processorCount,
      cpuQuota: cpuQuota(
        unified: text("/sys/fs/cgroup/cpu.max"), quota: text("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
        period: text("/sys/fs/cgroup/cpu/cpu.cfs_period_us")),
      memory: min(total, limit ?? total),
      availableMemory: min(bytes("MemAvailable", in: memory), limit ?? total),
      sharedMemory: shared?.total, availableSharedMemory: shared?.free)
  }

  /// The CPUs' worth of time in the files of a control group: `cpu.max`, or the two of the older kind.
  package static func cpuQuota(unified: String, quota: String, period: String) -> Double? {
    let parts = unified.split(whereSeparator: \.isWhitespace).map(String.init)
    let numbers = parts.count == 2 ? parts : [quota, period]
    let values = numbers.map { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    guard let quota = values[0], let period = values[1], quota > 0, period > 0 else { return nil }
    return quota / period
  }

  /// The bytes of a `key: N kB` line of `/proc/meminfo`; zero where it is missing.
  package static func bytes(_ key: String, in memory: String) -> Int {
    let value = Machine.entry(key, in: memory)?.split(separator: " ").first
    return value.flatMap { Int($0) }.map { $0 * 1024 } ?? 0
  }

  /// The size of a file system and what an ordinary user may still write to it.
  static func space(of path: String) -> (total: Int, free: Int)? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    let block = Int(status.f_frsize)
    return (Int(status.f_blocks) * block, Int(status.f_bavail) * block)
  }

  private static func controlGroupLimit(_ file: String) -> Int? {
    Int(text("/sys/fs/cgroup/\(file)").trimmingCharacters(in: .whitespacesAndNewlines))
  }

  private static func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}

/// A number of bytes as people read it.
func readable(bytes: Int) -> String {
  let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)]
  guard let (unit, size) = units.first(where: { Double(bytes) >= $0.1 }) else { return "\(bytes) bytes" }
  return "\(fixed(Double(bytes) / size, bytes >= Int(100 * size) ? 0 : 1)) \(unit)"
}
