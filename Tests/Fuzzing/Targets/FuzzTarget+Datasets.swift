import Datasets

extension FuzzTarget {
  /// Images, with as many labels as the header promises: plain, and packed so that both ways have to agree.
  static let idxImages = FuzzTarget(
    "idx-images", seeds: [IDXBytes.images(count: 3), IDXBytes.images(count: 1, height: 28, width: 28)]
  ) { bytes in
    let promised = bytes.count >= 8 ? IDXBytes.number(bytes, at: 4) : 1
    let labels = IDXBytes.labels(count: min(promised, 1_000))
    let plain = try readIDX(images: bytes, labels: labels)
    if let plain {
      let extents = plain.imageShape.reduce(plain.count, *)
      try require(extents + 16 == bytes.count, "\(bytes.count) bytes gave \(extents) pixels")
    }
    if !bytes.starts(with: IDXBytes.gzipMagic) {
      let packed = try readIDX(images: IDXBytes.gzip(bytes), labels: labels)
      try require(packed?.sha256 == plain?.sha256, "plain and packed images differ")
    }
    return plain != nil
  }

  /// Labels of three images.
  static let idxLabels = FuzzTarget("idx-labels", seeds: [IDXBytes.labels(count: 3)]) { bytes in
    let images = try readIDX(images: IDXBytes.images(count: 3), labels: bytes)
    guard let images, !bytes.starts(with: IDXBytes.gzipMagic) else { return images != nil }
    try require(images.labels == Array(bytes[8...]), "the labels are not those of the file")
    return true
  }

  /// A gzip file of images.
  static let idxGzip = FuzzTarget(
    "idx-gzip", seeds: [IDXBytes.gzip(IDXBytes.images(count: 3)), IDXBytes.deflatedImages]
  ) { bytes in
    try readIDX(images: bytes, labels: IDXBytes.labels(count: 3)) != nil
  }

  /// A batch of CIFAR-10.
  static let cifar = FuzzTarget(
    "cifar10", seeds: [[1, 9].flatMap { [$0] + [UInt8](repeating: 7, count: 3_072) }]
  ) { try readCIFAR(.cifar10, $0) }

  /// A file of CIFAR-100.
  static let cifar100 = FuzzTarget(
    "cifar100", seeds: [[1, 19].flatMap { [$0, 5 * $0] + [UInt8](repeating: 7, count: 3_072) }]
  ) { try readCIFAR(.cifar100, $0) }

  private static func readCIFAR(_ format: CIFARFormat, _ bytes: [UInt8]) throws -> Bool {
    let file = try MemoryFile(bytes)
    let images = try refusing(DatasetError.self) {
      try CIFARReader.read(format, name: "fuzz", paths: [file.path]).images
    }
    guard let images, !bytes.starts(with: IDXBytes.gzipMagic) else { return images != nil }
    try require(
      images.count * format.recordSize == bytes.count, "\(bytes.count) bytes, \(images.count) images")
    return true
  }

  private static func readIDX(images: [UInt8], labels: [UInt8]) throws -> LabeledImages? {
    let imageFile = try MemoryFile(images)
    let labelFile = try MemoryFile(labels)
    return try refusing(DatasetError.self) {
      try IDXReader.read(name: "fuzz", images: imageFile.path, labels: labelFile.path, classCount: 10).images
    }
  }
}
