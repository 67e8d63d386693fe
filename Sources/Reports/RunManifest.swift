public import Foundation

/// What a run was made with, the contents of `manifest.json`: enough to make it again.
public struct RunManifest: Codable, Sendable, Equatable {
  /// This program's version and those of the libraries and compiler, by name: `holdfast`, `swift`, `oneDNN`,
  /// `MPI`.
  public var versions: [String: String]
  /// The command line, argument by argument.
  public var command: [String]
  /// When the run started, in UTC (ISO 8601).
  public var startedAt: String
  /// The machine of each rank, in the order of ranks.
  public var machines: [Machine]
  /// The number of ranks.
  public var ranks: Int
  /// The compute threads of each rank.
  public var threadsPerRank: Int
  /// The instruction set all ranks use, `avx512` for example.
  public var instructionSet: String
  /// The run's seed.
  public var seed: UInt64
  /// The SHA-256 of each data file, by file name.
  public var data: [String: String]
  /// Anything else worth recording, such as the chosen kernels.
  public var notes: [String: String]

  /// Creates a manifest; the Swift version is added to `versions`.
  public init(
    versions: [String: String], command: [String] = CommandLine.arguments, startedAt: Date = Date(),
    machines: [Machine], threadsPerRank: Int, instructionSet: String, seed: UInt64, data: [String: String],
    notes: [String: String] = [:]
  ) {
    self.versions = versions.merging(["swift": Self.swiftVersion]) { given, _ in given }
    self.command = command
    self.startedAt = timeStamp(startedAt)
    self.machines = machines
    ranks = machines.count
    self.threadsPerRank = threadsPerRank
    self.instructionSet = instructionSet
    self.seed = seed
    self.data = data
    self.notes = notes
  }

  /// The compiler this program was built with, as far as a program can know it.
  public static var swiftVersion: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #elseif compiler(>=6.2)
      "6.2"
    #else
      "6.1"
    #endif
  }
}
