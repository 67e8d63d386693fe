import Foundation
import Reports
import TestSupport
import Testing

@Suite("The run manifest and the machine")
struct RunManifestTests {
  @Test("A manifest survives its file")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let machine = Machine(host: "node01", cpu: "A CPU", affinity: "0-3", cpus: 4)
    let manifest = RunManifest(
      versions: ["oneDNN": "2.6.3"], command: ["holdfast", "train", "a.yaml"],
      startedAt: Date(timeIntervalSince1970: 0), machines: [machine, machine], threadsPerRank: 2,
      instructionSet: "avx512", seed: .max, data: ["train": "ab"])

    try ReportFile.write(manifest, to: "\(folder.path)/manifest.json")
    let read = try ReportFile.read(RunManifest.self, from: "\(folder.path)/manifest.json")

    #expect(read == manifest)
    #expect(read.ranks == 2)
    #expect(read.seed == .max)
    #expect(read.startedAt == "1970-01-01T00:00:00.000Z")
    #expect(read.versions["swift"]?.hasPrefix("6.") == true)
  }

  @Test("The CPU's name is taken out of the kernel's listing")
  func cpuInfo() {
    let text =
      "processor\t: 0\nvendor_id\t: X\nmodel\t\t: 85\nmodel name\t: A CPU: fast @ 2 GHz\n\nprocessor\t: 1\n"
    #expect(Machine.entry("model name", in: text) == "A CPU: fast @ 2 GHz")
    #expect(Machine.entry("flags", in: text) == nil)
  }

  @Test("CPU lists of the kernel are counted, others are not")
  func cpuLists() {
    #expect(Machine.cpuCount("0") == 1)
    #expect(Machine.cpuCount("0-3,8,10-11") == 7)
    for list in ["", "a", "3-1", "1-2-3", "1-"] { #expect(Machine.cpuCount(list) == nil) }
  }

  @Test("This machine has a name and a CPU")
  func current() throws {
    let machine = Machine.current()
    #expect(!machine.host.isEmpty)
    #expect(machine.cpus >= 1)
    // Its own reading of the affinity mask; OpenMP's variables would change it.
    let nproc = Process()
    nproc.executableURL = URL(fileURLWithPath: "/usr/bin/nproc")
    nproc.environment = [:]
    let output = Pipe()
    nproc.standardOutput = output
    try nproc.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(text == "\(machine.cpus)\n")
  }
}
