import Datasets
import Experiments
import Foundation
import Testing

@Suite("What the doctor reads from the system")
struct SystemLimitsTests {
  @Test("A container's CPUs are read from control groups of both kinds")
  func quota() {
    #expect(SystemLimits.cpuQuota(unified: "150000 100000\n", quota: "", period: "") == 1.5)
    #expect(SystemLimits.cpuQuota(unified: "max 100000\n", quota: "", period: "") == nil)
    #expect(SystemLimits.cpuQuota(unified: "", quota: "200000\n", period: "100000\n") == 2)
    #expect(SystemLimits.cpuQuota(unified: "", quota: "-1\n", period: "100000\n") == nil)
    #expect(SystemLimits.cpuQuota(unified: "", quota: "", period: "") == nil)
  }

  @Test("Sizes in /proc/meminfo are in units of 1024 bytes")
  func memory() {
    let text = "MemTotal:       16384 kB\nMemFree: 1 kB\nMemAvailable:    8192 kB\n"
    #expect(SystemLimits.bytes("MemTotal", in: text) == 16 << 20)
    #expect(SystemLimits.bytes("MemAvailable", in: text) == 8 << 20)
    #expect(SystemLimits.bytes("Swap", in: text) == 0)
  }

  @Test("This machine has memory and CPUs, and less is free than there is")
  func thisMachine() {
    let limits = SystemLimits.current()
    #expect(limits.hostCPUs > 0)
    #expect(limits.availableMemory > 0 && limits.availableMemory <= limits.memory)
  }

  @Test("Programs are found in the folders of PATH, in their order")
  func tools() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "holdfast-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let script = folder.appendingPathComponent("mpirun")
    try Data("#!/bin/sh\necho \"$1 of mine, $OMPI_COMM_WORLD_SIZE\"\necho more\n".utf8).write(to: script)
    let search = ToolSearch(environment: [
      "PATH": "/nowhere:\(folder.path):/usr/bin:/bin", "OMPI_COMM_WORLD_SIZE": "2",
    ])

    #expect(search.path(of: "mpirun") != script.path)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
    #expect(search.path(of: "mpirun") == script.path)
    // Asked as nobody's rank.
    #expect(search.mpirunVersion() == "--version of mine, ")
    #expect(search.path(of: "no-such-program") == nil)
  }

  @Test("A data set without its files is no problem, half of one is a warning")
  func datasets() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "holdfast-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let mnist = folder.appendingPathComponent("mnist")
    try FileManager.default.createDirectory(at: mnist, withIntermediateDirectories: true)
    try Data().write(to: mnist.appendingPathComponent("train-images-idx3-ubyte"))
    let catalog = DatasetCatalog(environment: ["HOLDFAST_DATA": folder.path, "HOME": folder.path])

    let findings = Surroundings.datasets(catalog)

    let half = try #require(findings.first { $0.subject == "data mnist" })
    #expect(half.status == .warning && half.remedy == "holdfast data fetch mnist")
    #expect(half.summary.contains("lacks train-labels-idx1-ubyte, t10k-images-idx3-ubyte"))
    let none = try #require(findings.first { $0.subject == "data cifar10" })
    #expect(none.status == .ok && none.summary.contains("holdfast data fetch cifar10"))
  }

  @Test("A folder for runs is tried by writing, without leaving anything")
  func output() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "holdfast-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("file")
    try Data().write(to: file)

    #expect(Surroundings.output(folder.path + "/runs/deep").status != .problem)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    let refused = Surroundings.output(file.path + "/runs")
    #expect(refused.status == .problem && refused.summary.contains("nothing can be written to \(file.path)"))
  }
}
