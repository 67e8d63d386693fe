import Checkpoints
import Foundation
import Reports
import Tensors

extension FuzzTarget {
  /// A file of tensors, this program's or anybody's.
  static let safetensors = FuzzTarget(
    "safetensors", seeds: safetensorsSeeds,
    words: [
      "__metadata__", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "[0,4]", "\"F32\"", "\"F16\"", "\"BF16\"",
      "\"F64\"", "\"I64\"", "\"U8\"", "\"BOOL\"", "9223372036854775807", "18446744073709551615", "1e999",
      "-1",
      "\\u0000", "\\ud800", "{}", "[]", "null",
    ]
  ) { bytes in
    let data = Data(bytes)
    let file = try refusing(CheckpointError.self) { try SafetensorsFile(decoding: data, path: "fuzz") }
    guard let file else { return false }
    for tensor in file.tensors {
      try require(tensor.shape.reduce(1, *) == tensor.values.count, "\(tensor.name) lacks values")
    }
    let again = try SafetensorsFile(decoding: file.encoded(), path: "fuzz")
    try require(again == file, "written and read again, the file differs")
    return true
  }

  /// The text of `state.json` behind its checksum, which is made to fit, and the same bytes as a whole file.
  static let checkpointState = FuzzTarget(
    "state-json", seeds: stateSeeds,
    words: [
      "\"formatVersion\"", "\"step\"", "\"epoch\"", "\"batchInEpoch\"", "\"samplesSeen\"", "\"best\"",
      "\"identity\"", "\"environment\"", "\"payload\"", "\"files\"", "9223372036854775807",
      "-9223372036854775808", "1e999", "-0.0", "[[[[[[[[", "{\"a\":{\"a\":", "null", "\\ud800",
    ]
  ) { bytes in
    _ = try refusing(CheckpointError.self) { try CheckpointState(sealed: Data(bytes), path: "fuzz") }
    let body = Data(bytes)
    let sealed = Data("{\n  \"checksum\" : \"\(Checksum.sha256(body))\",".utf8) + body
    let state = try refusing(CheckpointError.self) { try CheckpointState(sealed: sealed, path: "fuzz") }
    guard let state else { return false }
    try require(state.step >= 0 && state.epoch >= 0, "a negative counter was accepted")
    let again = try CheckpointState(sealed: state.sealed(), path: "fuzz")
    try require(again == state, "written and read again, the state differs")
    return true
  }

  /// The lines of `verdicts.jsonl`.
  static let verdicts = FuzzTarget(
    "verdicts",
    seeds: [
      Array(
        """
        {"attack":"pgd","by":"pgd","epsilon":0.3,"index":0,"label":7,"norm":"linf","predicted":3,"verdict":"broken"}
        {"attack":"pgd","epsilon":0.3,"index":1,"label":2,"norm":"linf","predicted":2,"verdict":"undecided"}

        """.utf8)
    ],
    words: ["\"clean-wrong\"", "\"certified\"", "null", "1e999", "9223372036854775808", "\n"]
  ) { bytes in
    let file = try MemoryFile(bytes)
    let verdicts = try refusing(ReportError.self) { try SampleVerdict.read(file.path) }
    guard let verdicts else { return false }
    let lines = bytes.split(separator: UInt8(ascii: "\n")).count
    try require(verdicts.count == lines, "\(lines) lines gave \(verdicts.count) verdicts")
    return lines > 0
  }

  private static var safetensorsSeeds: [[UInt8]] {
    let tensors = [
      NamedTensor(name: "fc.weight", shape: [2, 3], values: [1, -2, 0.5, 0, 3, 4]),
      NamedTensor(name: "fc.bias", shape: [2], values: [0.25, -1]),
    ]
    let ours = try? SafetensorsFile(tensors: tensors, metadata: ["format": "pt"]).encoded()
    let header = """
      {"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"BOOL","shape":[2],"data_offsets":[8,10]},\
      "c":{"dtype":"F16","shape":[],"data_offsets":[10,12]}}
      """
    let foreign =
      [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [1]
      + [UInt8](repeating: 0, count: 11)
    return [ours.map(Array.init) ?? [], foreign]
  }

  private static var stateSeeds: [[UInt8]] {
    var state = CheckpointState(
      step: 7, epoch: 1, batchInEpoch: 3, samplesSeen: 896, identity: ["seed": "1"],
      environment: ["cpu": "x"],
      payload: .object(["losses": .array([.number(0.5), .integer(-3), .null, .bool(true)])]))
    state.best = .init(step: 5, correct: 40, total: 50)
    // {\n  "checksum" : "64 digits",
    let prefix = 20 + 64 + 2
    return [(try? state.sealed()).map { Array($0.dropFirst(prefix)) } ?? []]
  }
}
