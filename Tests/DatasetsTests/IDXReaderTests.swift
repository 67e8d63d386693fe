import Datasets
import TestSupport
import Testing

@Suite("IDX files")
struct IDXReaderTests {
  let folder: TemporaryFolder
  let imageBytes = FileFixtures.images(count: 5)
  let labelBytes = FileFixtures.labels([3, 1, 4, 1, 5])

  init() throws {
    folder = try TemporaryFolder()
  }

  func read(_ images: [UInt8], _ labels: [UInt8]) throws -> LabeledImages {
    let imagePath = try folder.put(images, "images")
    let labelPath = try folder.put(labels, "labels")
    return try IDXReader.read(name: "fixture", images: imagePath, labels: labelPath, classCount: 10).images
  }

  /// Reads files that have to be refused as malformed, naming the file.
  func refusal(_ images: [UInt8], _ labels: [UInt8], names file: String = "images") throws -> String {
    let error = try #require(try datasetError { _ = try read(images, labels) })
    #expect(error.kind == .malformed)
    #expect(error.path == folder.path + "/" + file)
    return error.description
  }

  @Test("Plain and gzip files hold the same images")
  func plainAndGzip() throws {
    let plain = try read(imageBytes, labelBytes)
    let packed = try read(FileFixtures.gzip(imageBytes), FileFixtures.gzip(labelBytes))

    #expect(plain.imageShape == [1, 2, 3])
    #expect(plain.labels == [3, 1, 4, 1, 5])
    let fifth = (24..<30).map { Float($0) / 255 }
    #expect(plain.image(at: 4) == fifth)
    #expect(packed.sha256 == plain.sha256)
  }

  @Test("A file longer than the reader's pieces arrives whole")
  func largeFile() throws {
    let images = FileFixtures.images(count: 5, height: 2_000, width: 2_000)

    let packed = try read(FileFixtures.gzip(images), labelBytes)

    #expect(packed.subset([4]).sha256 == (try read(images, labelBytes)).subset([4]).sha256)
    let last = Float((20_000_000 - 1) % 251) / 255
    #expect(packed.image(at: 4).last == last)
  }

  @Test("What was read is recorded with the SHA-256 of the contents")
  func records() throws {
    let images = try folder.put(FileFixtures.gzip(imageBytes), "i")
    let labels = try folder.put(labelBytes, "l")
    let files = try IDXReader.read(name: "fixture", images: images, labels: labels, classCount: 10).files

    #expect(files.map(\.sha256) == [imageBytes, labelBytes].map(FileFixtures.sha256))
    #expect(files.map(\.byteCount) == [46, 13])
    #expect(files[0].storedSHA256 == FileFixtures.sha256(FileFixtures.gzip(imageBytes)))
    #expect(files[1].storedSHA256 == nil)
  }

  @Test("A file cut short at any length is refused", arguments: [false, true])
  func truncation(isCompressed: Bool) throws {
    let images = isCompressed ? FileFixtures.gzip(imageBytes) : imageBytes
    let labels = isCompressed ? FileFixtures.gzip(labelBytes) : labelBytes

    for length in images.indices {
      #expect(try refusal(Array(images[..<length]), labels).contains("cut short"), "length \(length)")
    }
    for length in labels.indices {
      _ = try refusal(images, Array(labels[..<length]), names: "labels")
    }
  }

  @Test("A header with any byte changed is refused", arguments: [1, 0x80, 0xff] as [UInt8])
  func damagedHeader(mask: UInt8) throws {
    for offset in 0..<16 {
      var images = imageBytes
      images[offset] ^= mask
      _ = try refusal(images, labelBytes)
      _ = try refusal(FileFixtures.gzip(images), labelBytes)
    }
    for offset in 0..<8 {
      var labels = labelBytes
      labels[offset] ^= mask
      _ = try refusal(imageBytes, labels, names: "labels")
    }
  }

  @Test(
    "A gzip file with any byte changed is refused, or holds what it held", arguments: [1, 0x80] as [UInt8])
  func damagedGzip(mask: UInt8) throws {
    let original = try read(imageBytes, labelBytes).sha256
    let packed = FileFixtures.gzip(imageBytes)
    var refused = 0
    for offset in packed.indices {
      var images = packed
      images[offset] ^= mask
      let error = try datasetError {
        let found = try read(images, labelBytes).sha256
        #expect(found == original)
      }
      if let error {
        #expect(error.kind == .malformed)
        refused += 1
      }
    }
    // Time stamp, flags and system, seven bytes of the gzip header, mean nothing for the contents.
    #expect(refused >= packed.count - 7)
  }

  @Test("A wrong magic number is named with the expected one")
  func wrongMagic() throws {
    #expect(try refusal(labelBytes + labelBytes, labelBytes).contains("0x801, expected 0x803"))
    #expect(
      try refusal(imageBytes, imageBytes, names: "labels").contains("0x803, expected 0x801"))
  }

  @Test("Trailing bytes are refused and counted")
  func trailingBytes() throws {
    #expect(try refusal(imageBytes + [0, 0], labelBytes).contains("2 trailing bytes"))
    #expect(
      try refusal(FileFixtures.gzip(imageBytes) + [1, 2, 3], labelBytes).contains("3 trailing bytes"))
    #expect(try refusal(FileFixtures.gzip(imageBytes + [0]), labelBytes).contains("goes on"))
  }

  @Test("Image and label files of different counts are refused with both counts")
  func countsDiffer() throws {
    let message = try refusal(imageBytes, FileFixtures.labels([1, 2, 3]), names: "labels")

    #expect(message.contains("3 labels") && message.contains("5 images"))
  }

  @Test("A label out of range is refused with its place and value")
  func labelOutOfRange() throws {
    let message = try refusal(imageBytes, FileFixtures.labels([3, 1, 10, 1, 5]), names: "labels")

    #expect(message.contains("label 2 is 10; expected 0...9"))
  }

  @Test("A header that promises nothing is refused")
  func zeroSizes() throws {
    for extents in [[0, 2, 3], [5, 0, 3], [5, 2, 0]] as [[UInt32]] {
      let header = ([2_051] + extents).flatMap(FileFixtures.bigEndian)
      #expect(try refusal(header, labelBytes).contains(extents.map(String.init).joined(separator: " x ")))
    }
    #expect(try refusal(imageBytes, FileFixtures.labels([]), names: "labels").contains("promises 0"))
  }

  @Test("A header that promises more than the file can hold is refused before anything is read")
  func absurdSizes() throws {
    let file = ([2_051, 60_000, 28, 28] as [UInt32]).flatMap(FileFixtures.bigEndian) + [1, 2, 3]
    let packed = FileFixtures.gzip(file)

    let plain = try refusal(file, labelBytes)
    let compressed = try refusal(packed, labelBytes)

    #expect(plain.contains("60000 x 28 x 28 = 47040000 bytes, and the file holds 3"))
    #expect(compressed.contains("the file can hold at most \(packed.count * 1_032 - 16)"))
  }

  @Test("Extents that no image has are refused")
  func impossibleExtents() throws {
    let largest = UInt32.max
    for extents in [[largest, largest, largest], [largest, 2, 3], [5, 5_000, 3], [5, 2, 4_097]] {
      let file = ([2_051] + extents).flatMap(FileFixtures.bigEndian) + [1, 2, 3]
      #expect(try refusal(file, labelBytes).contains("of 1...4096 a side"))
    }
  }

  @Test("What is no readable file is refused in words")
  func noFile() throws {
    let labels = try folder.put(labelBytes, "labels")
    for (path, kind) in [
      (folder.path + "/absent", DatasetError.Kind.missing), (labels + "/below", .missing),
      (folder.path, .malformed), ("/dev/zero", .malformed),
    ] {
      let error = try #require(
        try datasetError {
          _ = try IDXReader.read(name: "fixture", images: path, labels: labels, classCount: 10)
        })
      #expect(error.kind == kind && error.path == path, "\(error)")
    }
    #expect(try refusal([], labelBytes).contains("0 bytes"))
  }
}
