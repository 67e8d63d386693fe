import MessagePassing
import Reports

/// How many threads a rank runs when nobody says.
enum ThreadCount {
  /// The CPUs of this rank's affinity mask, shared evenly with the ranks of the same host that have the same
  /// mask.
  static func automatic(on communicator: Communicator) throws(MPIError) -> Int {
    let machine = Machine.current()
    let place = "\(communicator.hostName) \(machine.affinity ?? "")"
    let sharing = try communicator.allGather(place).count { $0 == place }
    return max(machine.cpus / max(sharing, 1), 1)
  }
}
