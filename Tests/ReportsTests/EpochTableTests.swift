import Checkpoints
import Foundation
import Reports
import TestSupport
import Testing

@Suite("The table of epochs")
struct EpochTableTests {
  private func row(_ epoch: Int, validated: Bool = true) -> EpochRow {
    let count = AccuracyCount(correct: 3, total: 4)
    return EpochRow(
      epoch: EpochRecord(
        epoch: epoch, step: 10 * (epoch + 1), loss: 0.5, training: count, seconds: 2,
        phases: PhaseSeconds(attack: 1, gradient: 0.5, reduction: 0.25, waiting: 0.125, other: 0.125)),
      learningRate: 0.01,
      validation: validated
        ? EvaluationMetrics(
          step: 10, split: "validation", attack: "pgd-20 (linf, epsilon 0.3)", clean: count,
          robust: AccuracyCount(correct: 1, total: 4), seconds: 0.75) : nil)
  }

  private func lines(_ path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
  }

  @Test("An epoch is a line with a field for each column, texts with commas in quotes")
  func line() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/metrics.csv"
    let table = try EpochTable(path: path, keepingUpTo: 0)
    try table.append(row(0))
    try table.append(row(1, validated: false))

    let lines = try lines(path)
    #expect(lines[0] == EpochTable.columns.joined(separator: ","))
    #expect(
      lines[1]
        == "1,10,0.5,3,4,0.75,0.01,2.0,2.000,1.000,0.500,0.250,0.125,0.125,\"pgd-20 (linf, epsilon 0.3)\","
        + "4,3,0.75,1,0.25,0.750")
    #expect(lines[2] == "2,20,0.5,3,4,0.75,0.01,2.0,2.000,1.000,0.500,0.250,0.125,0.125,,,,,,,")
    #expect(
      lines[2].split(separator: ",", omittingEmptySubsequences: false).count == EpochTable.columns.count)
    #expect(lines.count == 4 && lines[3].isEmpty)
  }

  @Test("Going on keeps the lines up to the checkpoint, and drops what a crash tore")
  func resumed() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/metrics.csv"
    let table = try EpochTable(path: path, keepingUpTo: 0)
    for epoch in 0..<3 { try table.append(row(epoch)) }
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    try (whole + Data("4,40,0.".utf8)).write(to: URL(fileURLWithPath: path))

    let resumed = try EpochTable(path: path, keepingUpTo: 20)
    #expect(try lines(path).dropLast().map { $0.prefix(5) } == ["epoch", "1,10,", "2,20,"])
    try resumed.append(row(2))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)

    _ = try EpochTable(path: path, keepingUpTo: 0)
    #expect(try lines(path).count == 2)
  }

  @Test("A table that somebody else wrote is begun anew")
  func foreign() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/metrics.csv"
    try AtomicFile.write("a,b\n1,2,3\n", to: path)
    _ = try EpochTable(path: path, keepingUpTo: 100)
    #expect(try lines(path) == [EpochTable.columns.joined(separator: ","), ""])
  }
}
