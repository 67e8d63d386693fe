/// What `data verify` found.
public struct DatasetVerification: Sendable, Equatable, Codable, CustomStringConvertible {
  /// The data set.
  public let name: String
  /// Its files; none for generated data.
  public let files: [DataFileRecord]
  /// The names of published files that were not there.
  public let missingFiles: [String]

  /// Whether every file is there and none differs from the published one.
  public var isIntact: Bool { missingFiles.isEmpty && files.allSatisfy { $0.verdict != .differs } }

  /// A line for each file, and the conclusion.
  public var description: String {
    let present = files.map { file in
      switch file.verdict {
      case .matches: "\(file.path): the published file"
      case .differs:
        "\(file.path): NOT the published file (SHA-256 \(file.sha256), published \(file.expected ?? "none"))"
      case .unknown: "\(file.path): well-formed; no published checksum to compare \(file.sha256) with"
      }
    }
    let absent = missingFiles.map { "\($0): MISSING" }
    let conclusion =
      if files.isEmpty {
        "\(name): generated, nothing to verify"
      } else if isIntact {
        "\(name): \(files.count) files are well-formed and none differs from the published ones"
      } else {
        "\(name): not the published data\(absent.isEmpty ? "" : ", which are not all there"); fetch it again, or "
          + "expect results of its own"
      }
    return (present + absent + [conclusion]).joined(separator: "\n")
  }
}
