import Foundation

/// Ways in which the four files of MNIST can be wrong.
enum DamagedData: String, CaseIterable, Sendable {
  case truncatedImages, wrongMagic, labelOutOfRange, missingLabel, trailingBytes

  /// What a message says besides the name of the file.
  var texts: [String] {
    switch self {
    case .truncatedImages: ["cut short"]
    case .wrongMagic: ["magic number"]
    case .labelOutOfRange: ["label", "10"]
    case .missingLabel: ["labels"]
    case .trailingBytes: ["3"]
    }
  }

  /// Writes twelve training and four test images with one thing wrong.
  ///
  /// - Returns: the name of the file that is at fault.
  func makeFiles(in folder: URL) throws -> String {
    try Self.makeIntactFiles(in: folder)
    let name = self == .labelOutOfRange || self == .missingLabel ? Self.labels : Self.images
    let url = folder.appendingPathComponent(name)
    var data = try Data(contentsOf: url)
    switch self {
    case .truncatedImages: data.removeLast(100)
    case .wrongMagic: data[3] = 7
    case .labelOutOfRange: data[8 + 5] = 10
    case .missingLabel:
      data[7] -= 1
      data.removeLast()
    case .trailingBytes: data.append(contentsOf: [1, 2, 3])
    }
    try data.write(to: url)
    return name
  }

  /// Writes twelve training and four test images.
  static func makeIntactFiles(in folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (split, count) in [("train", UInt8(12)), ("t10k", UInt8(4))] {
      let pixels = (0..<Int(count) * 784).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      let images = Data([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28] + pixels)
      try images.write(to: folder.appendingPathComponent("\(split)-images-idx3-ubyte"))
      let labels = Data([0, 0, 8, 1, 0, 0, 0, count] + (0..<count).map { $0 % 10 })
      try labels.write(to: folder.appendingPathComponent("\(split)-labels-idx1-ubyte"))
    }
  }

  private static let images = "train-images-idx3-ubyte"
  private static let labels = "train-labels-idx1-ubyte"
}
