import Datasets
import Foundation
import TestSupport
import Testing

@Suite("Archives")
struct TarArchiveTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  func unpack(_ bytes: [UInt8], _ names: [String]) throws {
    let archive = try folder.put(bytes, "archive.tar.gz")
    try DatasetFetcher.unpack(archive, names, into: folder.path)
  }

  @Test("Wanted files are unpacked whatever their folder, others are not")
  func unpacks() throws {
    let archive = FileFixtures.gzip(
      FileFixtures.tar([
        ("set/", []), ("set/a.bin", [1, 2, 3]), ("../../b.bin", [UInt8](repeating: 7, count: 512)),
        ("set/readme", [9]),
      ]))

    try unpack(archive, ["a.bin", "b.bin"])

    #expect(try folder.bytes("a.bin") == Data([1, 2, 3]))
    #expect(try folder.bytes("b.bin") == Data(repeating: 7, count: 512))
    #expect(!folder.has("readme") && !folder.has("../../b.bin"))
  }

  @Test("An archive that lacks a file is refused by name")
  func lacking() throws {
    let archive = FileFixtures.gzip(FileFixtures.tar([("a.bin", [1])]))

    let error = try #require(try datasetError { try unpack(archive, ["a.bin", "b.bin"]) })

    #expect(error.kind == .malformed && error.description.contains("lacks b.bin"))
  }

  @Test("An archive cut short, or with any byte of a header changed, is refused")
  func damaged() throws {
    let tar = FileFixtures.tar([("a.bin", [1, 2, 3])])

    for length in [100, 511, 512, 515, 1_023] {
      let error = try #require(try datasetError { try unpack(Array(tar[..<length]), ["a.bin"]) })
      #expect(error.kind == .malformed)
    }
    for offset in 0..<512 {
      var bytes = tar
      bytes[offset] ^= 1
      let error = try datasetError { try unpack(bytes, ["a.bin"]) }
      // The last two bytes of the checksum field end the number.
      #expect(error?.kind == .malformed || offset >= 154 && offset < 156, "offset \(offset)")
    }
  }
}
