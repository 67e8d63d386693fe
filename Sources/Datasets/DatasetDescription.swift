import Foundation

/// A data set in numbers, as `data describe` prints it.
public struct DatasetDescription: Sendable, Equatable, Codable, CustomStringConvertible {
  /// The data set.
  public let name: String
  /// Where the data came from.
  public let source: String
  /// The training split.
  public let train: SplitDescription
  /// The test split.
  public let test: SplitDescription
  /// The files that were read.
  public let files: [DataFileRecord]
  /// What a reader of results should know.
  public let warnings: [String]

  /// Counts and measures a data set.
  public init(_ dataset: Dataset) {
    name = dataset.name
    source = dataset.source
    train = SplitDescription(dataset.train)
    test = SplitDescription(dataset.test)
    files = dataset.files
    warnings = dataset.warnings
  }

  /// The description as lines of text.
  public var description: String {
    var lines = ["\(name): \(source)"]
    for (title, split) in [("train", train), ("test", test)] {
      lines.append(
        "  \(title): \(split.count) images of \(text(split.shape)), \(split.classes.count) classes")
      let counts = zip(split.classes, split.classCounts).map { "\($0): \($1)" }.joined(separator: ", ")
      lines.append("    samples of each class: \(counts)")
      lines.append(
        "    pixels: mean \(text(split.mean)), standard deviation \(text(split.standardDeviation)), "
          + "range \(split.minimum)...\(split.maximum)")
      lines.append("    sha256 \(split.sha256)")
    }
    lines += files.map { "  \($0.path): \($0.byteCount) bytes, sha256 \($0.sha256)" }
    lines += warnings.map { "  warning: \($0)" }
    return lines.joined(separator: "\n")
  }

  private func text(_ shape: [Int]) -> String {
    shape.map(String.init).joined(separator: "x")
  }

  private func text(_ values: [Double]) -> String {
    values.map { String(format: "%.4f", $0) }.joined(separator: " ")
  }
}
