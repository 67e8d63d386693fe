/// What `data verify` found.
public struct DatasetVerification: Sendable, Equatable, Codable, CustomStringConvertible {
  /// The data set.
  public let name: String
  /// Its files; none for generated data.
  public let files: [DataFileRecord]

  /// Whether no file differs from the published one.
  public var isIntact: Bool { files.allSatisfy { $0.verdict != .differs } }

  /// A line for each file, and the conclusion.
  public var description: String {
    let lines = files.map { file in
      switch file.verdict {
      case .matches: "\(file.path): the published file"
      case .differs:
        "\(file.path): NOT the published file (SHA-256 \(file.sha256), published \(file.expected ?? "none"))"
      case .unknown: "\(file.path): well-formed; no published checksum to compare \(file.sha256) with"
      }
    }
    let conclusion =
      if files.isEmpty {
        "\(name): generated, nothing to verify"
      } else if isIntact {
        "\(name): \(files.count) files are well-formed and none differs from the published ones"
      } else {
        "\(name): not the published data; fetch it again, or expect results of its own"
      }
    return (lines + [conclusion]).joined(separator: "\n")
  }
}
