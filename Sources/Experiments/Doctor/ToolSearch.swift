import Foundation

/// Finds programs the way a shell does, and asks them for their version.
package struct ToolSearch {
  private let environment: [String: String]

  /// Searches the folders of `PATH` in an environment.
  package init(environment: [String: String]) {
    self.environment = environment
  }

  /// Where a program is; nil if it is nowhere.
  package func path(of program: String) -> String? {
    (environment["PATH"] ?? "").split(separator: ":").lazy
      .map { "\($0)/\(program)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// The first line that mpirun says of its version; nil where it cannot be asked.
  package func mpirunVersion() -> String? {
    guard let path = path(of: "mpirun") else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["--version"]
    // Not as part of the job that may be asking.
    process.environment = environment.filter { variable in
      !["OMPI_", "PMIX_", "PMI_", "ORTE_"].contains { variable.key.hasPrefix($0) }
    }
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.split(whereSeparator: \.isNewline).first.map(String.init)
  }
}
