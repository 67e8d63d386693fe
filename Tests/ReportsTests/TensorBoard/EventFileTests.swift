import Checkpoints
import Foundation
import Reports
import TestSupport
import Testing

@Suite("TensorBoard event files")
struct EventFileTests {
  private static let noon = Date(timeIntervalSince1970: 1_700_000_000.5)

  @Test(
    "CRC-32C agrees with the published examples (RFC 3720, B.4), and the usual check value",
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      ([UInt8](0..<32), 0x46DD_794E), ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
      ([UInt8]("123456789".utf8), 0xE306_9283), ([], 0),
    ] as [([UInt8], UInt32)])
  func checksum(bytes: [UInt8], expected: UInt32) {
    #expect(CRC32C.checksum(bytes) == expected)
  }

  @Test("A record begins as those of TensorFlow do")
  func record() {
    // The first twelve bytes of every event file: a length of 24 and its checksum.
    let record = EventFile.record(Data(repeating: 7, count: 24))
    #expect(Array(record.prefix(12)) == [0x18, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22])
    #expect(record.count == 24 + 16)
  }

  @Test("Scalars come back with their names, steps, times and values")
  func scalars() throws {
    let folder = try TemporaryFolder()
    let file = try EventFile(in: "\(folder.path)/tensorboard") { Self.noon }
    try file.append([.scalar("train/loss", 0.25), .scalar("train/accuracy", .nan)], step: 300)
    try file.append([], step: 301)
    try file.append([.scalar("train/loss", -1e-3)], step: 1 << 40)

    let read = try events(file.path)

    #expect(read.count == 3)
    #expect(read[0][3]?.text == "brain.Event:2")
    #expect(read.allSatisfy { $0[1]?.double == 1_700_000_000.5 })
    #expect(read[1][2] == .number(300))
    #expect(read[2][2] == .number(1 << 40))
    let values = try #require(read[1][5]?.message).all(1).compactMap(\.message)
    #expect(values.map { $0[1]?.text } == ["train/loss", "train/accuracy"])
    #expect(values[0][2]?.float == 0.25)
    #expect(values[1][2]?.float?.isNaN == true)
  }

  @Test("A resumed run has a later file, which supersedes what came behind its checkpoint")
  func resumed() throws {
    let folder = try TemporaryFolder()
    let first = try EventFile(in: folder.path) { Self.noon }
    try first.append([.scalar("a", 1)], step: 9)
    let second = try EventFile(in: folder.path, resumedStep: 4) { Self.noon }
    try second.append([.scalar("a", 2)], step: 5)
    let third = try EventFile(in: folder.path, resumedStep: 4) { Self.noon.addingTimeInterval(2) }

    #expect([first.path, second.path, third.path].sorted() == [first.path, second.path, third.path])
    #expect(Set([first.path, second.path, third.path]).count == 3)
    let start = try events(second.path)[1]
    #expect(start[2] == .number(5))
    // SessionLog.START
    #expect(start[7]?.message?[1] == .number(1))
    #expect(try events(first.path).count == 2)
  }

  @Test("A picture comes back as the PNG it was, with its size")
  func image() throws {
    let folder = try TemporaryFolder()
    let file = try EventFile(in: folder.path) { Self.noon }
    let picture = PNGImage(width: 3, height: 2, color: .rgb, pixels: (0..<18).map { UInt8($0) })
    try file.append([try .image("examples", picture)], step: 1)

    let value = try #require(try events(file.path)[1][5]?.message?[1]?.message)
    let image = try #require(value[4]?.message)
    #expect(image[1] == .number(2) && image[2] == .number(3) && image[3] == .number(3))
    guard case .bytes(let data)? = image[4] else {
      Issue.record("no bytes")
      return
    }
    #expect(try PNGImage(decoding: data, color: .rgb) == picture)
  }

  @Test("Settings go to the plugin of hyperparameters with their types")
  func hyperParameters() throws {
    let folder = try TemporaryFolder()
    let file = try EventFile(in: folder.path) { Self.noon }
    try file.append(
      [.hyperParameters(["b": .number(0.5), "a": .text("pgd"), "c": .flag(true)], at: Self.noon)], step: 0)

    let value = try #require(try events(file.path)[1][5]?.message?[1]?.message)
    #expect(value[1]?.text == "_hparams_/session_start_info")
    let plugin = try #require(value[9]?.message?[1]?.message)
    #expect(plugin[1]?.text == "hparams")
    let session = try #require(plugin[2]?.message?[3]?.message)
    let entries = session.all(1).compactMap(\.message)
    #expect(entries.map { $0[1]?.text } == ["a", "b", "c"])
    #expect(entries[0][2]?.message?[3]?.text == "pgd")
    #expect(entries[1][2]?.message?[2]?.double == 0.5)
    #expect(entries[2][2]?.message?[4] == .number(1))
    #expect(session[5]?.double == 1_700_000_000.5)
  }

  @Test("Messages are encoded as the documentation of protocol buffers has it")
  func encoding() {
    var message = ProtobufMessage()
    message.add(1, 150)
    #expect(Array(message.bytes) == [0x08, 0x96, 0x01])
    var text = ProtobufMessage()
    text.add(2, "testing")
    #expect(Array(text.bytes) == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67])
    var outer = ProtobufMessage()
    outer.add(3, message)
    #expect(Array(outer.bytes) == [0x1A, 0x03, 0x08, 0x96, 0x01])
    var packed = ProtobufMessage()
    packed.add(6, packed: [3, 270, 86942])
    #expect(Array(packed.bytes) == [0x32, 0x06, 0x03, 0x8E, 0x02, 0x9E, 0xA7, 0x05])
    var negative = ProtobufMessage()
    negative.add(1, -2)
    #expect(Array(negative.bytes) == [0x08, 0xFE] + Array(repeating: 0xFF, count: 8) + [0x01])
    var numbers = ProtobufMessage()
    numbers.add(1, Float(1.5))
    numbers.add(16, 1.5)
    #expect(Array(numbers.bytes) == [0x0D, 0, 0, 0xC0, 0x3F, 0x81, 0x01, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F])
    var floats = ProtobufMessage()
    floats.add(4, packed: [Float(1), -2])
    #expect(Array(floats.bytes) == [0x22, 0x08, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
  }

  @Test("A folder that cannot be made is an error that names it")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("x", to: "\(folder.path)/tensorboard")
    let error = #expect(throws: FileError.self) { try EventFile(in: "\(folder.path)/tensorboard") }
    #expect(error?.path.hasPrefix("\(folder.path)/tensorboard") == true)
  }
}
