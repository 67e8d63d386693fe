import Foundation
import TestSupport
import Testing

/// Hosts are network namespaces with names and addresses of their own, and TCP between them; see `Tests/Cluster`.
@Suite("Several hosts")
struct SeveralHostsTests {
  private static let scripts = Checkout.folder.appendingPathComponent("Tests/Cluster")

  /// Why there can be none on this machine, found out by making one.
  private static let obstacle: String? = {
    let check = Process()
    let output = Pipe()
    check.executableURL = scripts.appendingPathComponent("cluster.sh")
    check.arguments = ["check"]
    check.standardOutput = output
    guard (try? check.run()) != nil else { return "Tests/Cluster/cluster.sh does not start" }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    check.waitUntilExit()
    // Anything but a stated reason is a defect, which the tests then run into.
    guard check.terminationStatus == 77 else { return nil }
    return text.replacingOccurrences(of: "skipped: ", with: "")
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }()

  @Test(
    "2 and 3 hosts train to the bits of one rank, and so do those that are left when one is gone",
    .enabled(if: obstacle == nil, "\(obstacle ?? "")"))
  func training() async throws {
    try await expectPassing("several-hosts.sh")
  }

  @Test(
    "Ranks of another host that are frozen, or out of reach, end the job in time and are named",
    .enabled(if: obstacle == nil, "\(obstacle ?? "")"))
  func stuck() async throws {
    try await expectPassing("stuck-hosts.sh")
  }

  @Test(
    "The job script of PBS stops with a checkpoint at SIGTERM, is put back, and goes on",
    .enabled(if: obstacle == nil, "\(obstacle ?? "")"))
  func portableBatchSystem() async throws {
    try await expectPassing("pbs.sh")
  }

  @Test(
    "The supervisor leads a job through faults and requests to stop to the same bits, and gives up in time",
    .enabled(if: obstacle == nil, "\(obstacle ?? "")"),
    arguments: [["rank", "stop"], ["host", "hopeless"], ["start", "progress"]])
  func supervision(faults: [String]) async throws {
    try await expectPassing("supervisor.sh", faults)
  }

  private func expectPassing(_ script: String, _ arguments: [String] = []) async throws {
    let result = try await runRanks(
      executable: Self.scripts.appendingPathComponent(script), arguments: arguments, ranks: nil,
      environment: ["HOLDFAST_PROGRAM": BuiltProducts.executable("holdfast").path], timeout: 500,
      resource: "hosts", isMostlyWaiting: true)

    #expect(result.exitCode == 0, "\(result.standardOutput)\n\(result.standardError)")
    #expect(result.standardOutput.hasSuffix("passed\n"))
  }
}
