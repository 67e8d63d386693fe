import Checkpoints
import Foundation
import Tensors
import Testing

@Suite("Safetensors files that are damaged or made to harm")
struct HostileSafetensorsTests {
  private func file(_ header: String, data count: Int = 0, length: UInt64? = nil) -> Data {
    var file = Data()
    withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { file.append(contentsOf: $0) }
    return file + Data(header.utf8) + Data(count: count)
  }

  private func entry(_ shape: String, _ offsets: String, type: String = "F32") -> String {
    "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  private func refusal(_ data: Data) -> String? {
    do {
      _ = try SafetensorsFile(decoding: data, path: "p")
      return nil
    } catch {
      return error.description
    }
  }

  @Test("A file cut at any length is refused")
  func everyCut() {
    let whole = SafetensorsTests.python
    #expect(refusal(whole) == nil)
    #expect((0..<whole.count).filter { refusal(whole.prefix($0)) == nil } == [])
  }

  @Test("A file with any bit of its header changed is refused or holds the same layout of bytes")
  func everyBit() throws {
    let whole = SafetensorsTests.python
    var accepted = 0
    for index in 0..<168 {
      for bit in 0..<8 {
        var data = whole
        data[index] ^= 1 << bit
        guard let file = try? SafetensorsFile(decoding: data, path: "p") else { continue }
        accepted += 1
        #expect(file.tensors.reduce(0) { $0 + $1.values.count } == 6)
      }
    }
    // Changed letters in names and in the metadata are all that can pass: "fc.bias", "fc.weight", "__metadata__"
    // (which then is no tensor), "format", "pt".
    #expect(accepted < 8 * ("fc.biasfc.weightformatpt".utf8.count))
  }

  @Test(
    "Impossible header lengths are refused",
    arguments: [UInt64(1) << 63, .max, 1 << 32, 100_000_001, (1 << 20) + 1, 3])
  func lengths(length: UInt64) {
    #expect(refusal(file("{}", length: length)) != nil)
  }

  @Test(
    "Headers that are no JSON object of tensors are refused",
    arguments: [
      "", " {}", "[]", "{", "{}x", "nul", "\"text\"", "{\"a\":1}", "{\"a\":{}}",
      "{\"__metadata__\":{\"a\":1}}",
      "{\"__metadata__\":[]}", "{\0}\0",
      String(repeating: "{\"a\":", count: 100_000), String(repeating: "[", count: 100_000),
    ])
  func notTensors(header: String) {
    #expect(refusal(file(header)) != nil)
  }

  @Test("An empty file of tensors is sound")
  func empty() {
    #expect(refusal(file("{}   ")) == nil)
  }

  @Test("Text that is not UTF-8 is refused")
  func notUnicode() {
    var data = file("{\"__metadata__\":{\"a\":\"b\"}}")
    data[data.count - 4] = 0xFF
    #expect(refusal(data) != nil)
  }

  @Test("Offsets and shapes that contradict each other are refused, naming the tensor")
  func contradictions() {
    func check(_ shape: String, _ offsets: String, data: Int, type: String = "F32") -> String? {
      refusal(file("{\"w\":\(entry(shape, offsets, type: type))}", data: data))
    }
    #expect(check("[2]", "[0,8]", data: 8) == nil)

    #expect(check("[3]", "[0,8]", data: 8)?.contains("tensor w of shape [3]") == true)
    #expect(check("[-2]", "[0,8]", data: 8) != nil)
    #expect(check("[1.5]", "[0,6]", data: 6) != nil)
    #expect(check("[\"2\"]", "[0,8]", data: 8) != nil)
    #expect(check("[2]", "[8,0]", data: 8)?.contains("before it begins") == true)
    #expect(check("[2]", "[-8,0]", data: 8) != nil)
    #expect(check("[2]", "[0,8,8]", data: 8) != nil)
    #expect(check("[2]", "[0,18446744073709551615]", data: 8) != nil)
    #expect(check("[2]", "[9223372036854775800,9223372036854775808]", data: 8) != nil)
    #expect(check("[4611686018427387904,4]", "[0,0]", data: 0)?.contains("too many") == true)
    #expect(check("[4611686018427387904]", "[0,0]", data: 0) != nil)
    #expect(check("[2]", "[0,8]", data: 7)?.contains("the file holds 7") == true)
    #expect(check("[2]", "[0,8]", data: 9)?.contains("the file holds 9") == true)
    #expect(check("[2]", "[1,9]", data: 9)?.contains("hole") == true)
    #expect(check("[2]", "[0,16]", data: 16, type: "C64")?.contains("C64") == true)
  }

  @Test("A shape with more extents than any array has is refused before it is parsed")
  func extents() {
    func check(_ count: Int, _ closing: String = "]") -> String? {
      let shape = "[" + Array(repeating: "1", count: count).joined(separator: ",") + closing
      return refusal(file("{\"v\":\(entry("[1]", "[0,4]")),\"w\":\(entry(shape, "[4,8]"))}", data: 8))
    }
    #expect(check(0) == nil)
    #expect(check(32) == nil)
    for count in [33, 500_000] {
      #expect(
        check(count)?.contains("tensor w has a list of \(count) numbers; a shape has 32 at the most") == true)
    }
    #expect(check(500_000, "") != nil)
  }

  @Test("Holes, overlaps and names that occur twice are refused")
  func tiling() {
    func pair(_ first: String, _ second: String, data: Int, names: (String, String) = ("a", "b")) -> String? {
      refusal(
        file("{\"\(names.0)\":\(entry("[1]", first)),\"\(names.1)\":\(entry("[1]", second))}", data: data))
    }
    #expect(pair("[4,8]", "[0,4]", data: 8) == nil)

    #expect(pair("[0,4]", "[8,12]", data: 12)?.contains("hole") == true)
    #expect(pair("[0,4]", "[2,6]", data: 6)?.contains("overlaps") == true)
    #expect(pair("[0,4]", "[0,4]", data: 4)?.contains("overlaps") == true)
    #expect(pair("[0,4]", "[0,4]", data: 4, names: ("a", "a"))?.contains("twice") == true)
    #expect(pair("[0,4]", "[4,8]", data: 8, names: ("a", "\\u0061"))?.contains("twice") == true)
    #expect(
      refusal(
        file("{\"a\":{\"dtype\":\"I8\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", data: 4))
        != nil)
  }

  @Test("Numbers without a float32 are refused")
  func conversions() {
    var large = file("{\"w\":\(entry("[1]", "[0,8]", type: "F64"))}")
    withUnsafeBytes(of: (1e300).bitPattern) { large.append(contentsOf: $0) }
    #expect(refusal(large)?.contains("too large") == true)

    var odd = file("{\"w\":\(entry("[1]", "[0,8]", type: "I64"))}")
    withUnsafeBytes(of: Int64(16_777_217)) { odd.append(contentsOf: $0) }
    #expect(refusal(odd)?.contains("not exact") == true)
  }
}
