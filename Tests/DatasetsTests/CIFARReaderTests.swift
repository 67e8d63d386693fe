import Datasets
import TestSupport
import Testing

@Suite("CIFAR binary files")
struct CIFARReaderTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  func read(_ files: [UInt8]...) throws -> LabeledImages {
    var paths: [String] = []
    for (index, bytes) in files.enumerated() { paths.append(try folder.put(bytes, "batch_\(index).bin")) }
    return try CIFARReader.read(name: "fixture", paths: paths).images
  }

  @Test("Records of several files follow one another, in C,H,W order, plain or gzip")
  func records() throws {
    let images = try read(FileFixtures.cifar([7, 0]), FileFixtures.gzip(FileFixtures.cifar([9])))

    #expect(images.labels == [7, 0, 9])
    #expect(images.imageShape == [3, 32, 32])
    for (position, label) in [(0, 7), (2, 9)] {
      let expected = (0..<3_072).map { Float(($0 + label) % 256) / 255 }
      #expect(images.image(at: position) == expected)
    }
  }

  @Test("A file that is no whole number of records is refused with its size")
  func partialRecords() throws {
    let whole = FileFixtures.cifar([1, 2])
    for length in [0, 1, 3_072, 3_074, 6_145] {
      let error = try #require(try datasetError { _ = try read(Array(whole[..<length])) })
      #expect(error.kind == .malformed && error.description.contains("has \(length) bytes"), "\(error)")
    }
  }

  @Test("A label above 9 is refused with its place, value and file")
  func labelOutOfRange() throws {
    let error = try #require(
      try datasetError { _ = try read(FileFixtures.cifar([1]), FileFixtures.cifar([2, 10])) })

    #expect(error.description.contains("batch_1.bin: label 1 is 10; expected 0...9"))
  }

  @Test("A CIFAR-100 record has a coarse label, the fine one that is learned, and the image")
  func twoLabels() throws {
    let path = try folder.put(FileFixtures.cifar100([(0, 99), (19, 0), (7, 31)]), "train.bin")

    let images = try CIFARReader.read(.cifar100, name: "fixture", paths: [path]).images

    #expect(images.labels == [99, 0, 31] && images.classCount == 100)
    let expected: [Float] = (0..<3_072).map { (index: Int) -> Float in Float((index + 31) % 256) / 255 }
    #expect(images.image(at: 2) == expected)
  }

  @Test("CIFAR-100 files with a label out of range, or with CIFAR-10's records, are refused")
  func wrongTwoLabels() throws {
    for (labels, words) in [
      ([(UInt8(1), UInt8(2)), (20, 5)], "label 1 is 20; expected 0...19"),
      ([(1, 2), (3, 4), (5, 100)], "label 2 is 100; expected 0...99"),
    ] {
      let path = try folder.put(FileFixtures.cifar100(labels), "train.bin")
      let error = try #require(
        try datasetError { _ = try CIFARReader.read(.cifar100, name: "fixture", paths: [path]) })
      #expect(error.kind == .malformed && error.description.contains(words), "\(error)")
    }
    let path = try folder.put(FileFixtures.cifar([1, 2]), "train.bin")
    let error = try #require(
      try datasetError { _ = try CIFARReader.read(.cifar100, name: "fixture", paths: [path]) })
    #expect(error.description.contains("CIFAR-100 records of 3074 bytes"))
  }

  @Test("Damaged gzip is refused")
  func damagedGzip() throws {
    let packed = FileFixtures.gzip(FileFixtures.cifar([1]))
    var flipped = packed
    flipped[1_000] ^= 1

    for bytes in [flipped, Array(packed.dropLast()), packed + [0]] {
      let error = try #require(try datasetError { _ = try read(bytes) })
      #expect(error.kind == .malformed)
    }
  }
}
