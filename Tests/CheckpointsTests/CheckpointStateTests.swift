import Checkpoints
import Foundation
import Testing

@Suite("The state of a checkpoint")
struct CheckpointStateTests {
  private struct Payload: Codable, Equatable {
    var loss = 0.1 + 0.2
    var float: Float = 0.1
    var zero = -0.0
    var worst = Double.infinity
    var counter = UInt64.max
    var small = Int64.min
    var flag = true
    var names = ["a/b", "é\u{1}"]
    var nested = ["x": [1, 2], "y": []]
    var nothing: Int?
  }

  @Test("A payload of the caller's own type survives the file exactly")
  func payload() throws {
    var state = sample(step: 3, best: 2).state
    state.payload = try JSONValue(encoding: Payload())

    let read = try CheckpointState(sealed: state.sealed(), path: "s")
    let payload = try read.payload.decode(as: Payload.self)

    #expect(read == state)
    #expect(payload == Payload())
    #expect(payload.zero.sign == .minus)
    #expect(throws: DecodingError.self) { try read.payload.decode(as: [Int].self) }
  }

  @Test("The file is plain JSON with the members at the top")
  func plainJSON() throws {
    let sealed = try sample(step: 7).state.sealed()
    let object = try #require(JSONSerialization.jsonObject(with: sealed) as? [String: Any])
    #expect(object["step"] as? Int == 7)
    #expect((object["checksum"] as? String)?.count == 64)
    #expect((object["identity"] as? [String: String])?["model"] == "mlp")
  }

  @Test("Equal states have equal bytes")
  func deterministic() throws {
    #expect(try sample(step: 7, best: 1).state.sealed() == sample(step: 7, best: 1).state.sealed())
  }

  @Test("A state of a later format says so")
  func laterFormat() throws {
    let text = try #require(String(data: sample(step: 7).state.sealed(), encoding: .utf8))
    let later = text.replacingOccurrences(of: "\"formatVersion\" : 1", with: "\"formatVersion\" : 9")
    let body = Data(later.utf8.dropFirst("{\n  \"checksum\" : \"".utf8.count + 64 + 2))
    let sealed = Data("{\n  \"checksum\" : \"\(Checksum.sha256(body))\",".utf8) + body

    let error = #expect(throws: CheckpointError.self) { try CheckpointState(sealed: sealed, path: "s") }
    #expect(error?.description.contains("format version 9") == true)
  }

  @Test("Identities are compared key by key")
  func identity() {
    let state = sample(step: 1).state
    #expect(state.identityDifferences(from: ["seed": "1", "model": "mlp"]) == [])
    #expect(
      state.identityDifferences(from: ["seed": "2", "model": "mlp", "microbatch": "16"]) == [
        "microbatch", "seed",
      ])
  }
}
