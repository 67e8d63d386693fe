import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Safetensors files")
struct SafetensorsTests {
  /// Written by safetensors.torch.save of the Python package: fc.weight [[1, 2], [3, -0.5]],
  /// fc.bias [0.25, -1], metadata format = pt.
  static let python = Data(
    hex: """
      a0000000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c2266632e62696173223a\
      7b226474797065223a22463332222c227368617065223a5b325d2c22646174615f6f666673657473223a5b302c385d7d2c22\
      66632e776569676874223a7b226474797065223a22463332222c227368617065223a5b322c325d2c22646174615f6f666673\
      657473223a5b382c32345d7d7d20202020200000803e000080bf0000803f0000004000004040000000bf
      """)
  static let pythonContents = SafetensorsFile(
    tensors: [
      NamedTensor(name: "fc.bias", shape: [2], values: [0.25, -1]),
      NamedTensor(name: "fc.weight", shape: [2, 2], values: [1, 2, 3, -0.5]),
    ],
    metadata: ["format": "pt"])

  @Test("A file written by the Python library reads as the tensors it was written from")
  func readsPython() throws {
    #expect(try SafetensorsFile(decoding: Self.python, path: "p") == Self.pythonContents)
  }

  @Test("Our bytes are the Python library's bytes")
  func golden() throws {
    #expect(try Self.pythonContents.encoded() == Self.python)
  }

  @Test("Half, bfloat16, double and integer tensors of the Python library become float32")
  func otherTypes() throws {
    // n = tensor(7), d = [0.1] as float64, b = [1.5, -2] as bfloat16, h = [1.5, -2] as float16.
    let data = Data(
      hex: """
        e0000000000000007b226e223a7b226474797065223a22493634222c227368617065223a5b5d2c22646174615f6f666673657473\
        223a5b302c385d7d2c2264223a7b226474797065223a22463634222c227368617065223a5b315d2c22646174615f6f6666736574\
        73223a5b382c31365d7d2c2262223a7b226474797065223a2242463136222c227368617065223a5b325d2c22646174615f6f6666\
        73657473223a5b31362c32305d7d2c2268223a7b226474797065223a22463136222c227368617065223a5b325d2c22646174615f\
        6f666673657473223a5b32302c32345d7d7d20202020202007000000000000009a9999999999b93fc03f00c0003e00c0
        """)

    let tensors = try SafetensorsFile(decoding: data, path: "p").tensors

    #expect(
      tensors == [
        NamedTensor(name: "n", shape: [], values: [7], isWhole: true),
        NamedTensor(name: "d", shape: [1], values: [0.1]),
        NamedTensor(name: "b", shape: [2], values: [1.5, -2]),
        NamedTensor(name: "h", shape: [2], values: [1.5, -2]),
      ])
  }

  @Test("Counters are written as the whole numbers that PyTorch keeps")
  func counters() throws {
    let file = SafetensorsFile(
      tensors: [
        NamedTensor(name: "a", shape: [1], values: [0.5]),
        NamedTensor(name: "n", shape: [], values: [300], isWhole: true),
        NamedTensor(name: "b", shape: [1], values: [2]),
      ], metadata: [:])

    let data = try file.encoded()

    #expect(try SafetensorsFile(decoding: data, path: "p") == file)
    #expect(String(decoding: data, as: UTF8.self).contains("\"n\":{\"dtype\":\"I64\",\"shape\":[],"))
    #expect(Array(data.suffix(12).prefix(8)) == [44, 1, 0, 0, 0, 0, 0, 0])

    let half = SafetensorsFile(
      tensors: [NamedTensor(name: "n", shape: [], values: [0.5], isWhole: true)], metadata: [:])
    #expect(throws: CheckpointError.self) { try half.encoded() }
  }

  @Test("What is written is read back: scalars, empty tensors, odd names, metadata")
  func roundTrip() throws {
    let file = SafetensorsFile(
      tensors: [
        NamedTensor(name: "scalar", shape: [], values: [-0.0]),
        NamedTensor(
          name: "a \"quoted\\ name\"\n\u{1}", shape: [1, 3],
          values: [.leastNonzeroMagnitude, .greatestFiniteMagnitude, 3]),
        NamedTensor(name: "empty", shape: [4, 0], values: []),
        NamedTensor(name: "größe/重み", shape: [2], values: [5, 6]),
      ],
      metadata: ["": "", "note": "a \"b\" \t c"])
    let data = try file.encoded()

    let read = try SafetensorsFile(decoding: data, path: "p")

    #expect(read == file)
    #expect(read.tensors[0].values[0].sign == .minus)
    #expect(data.prefix(8).first.map { $0 % 8 } == 0)
  }

  @Test("The order of the caller is the order in the file, and the bytes are the same every time")
  func order() throws {
    let reversed = SafetensorsFile(
      tensors: Self.pythonContents.tensors.reversed(), metadata: ["b": "1", "a": "2"])
    let again = SafetensorsFile(tensors: reversed.tensors, metadata: ["a": "2", "b": "1"])

    #expect(try reversed.encoded() == again.encoded())
    #expect(
      try SafetensorsFile(decoding: reversed.encoded(), path: "p").tensors.map(\.name) == [
        "fc.weight", "fc.bias",
      ])
  }

  @Test("NaN, infinities, equal names and the reserved name are not written")
  func refusesToWrite() {
    func encode(_ tensors: NamedTensor...) throws { _ = try SafetensorsFile(tensors: tensors).encoded() }
    let one = NamedTensor(name: "one", shape: [1], values: [1])

    let error = #expect(throws: CheckpointError.self) {
      try encode(one, NamedTensor(name: "w", shape: [3], values: [0, 1, .nan]))
    }
    #expect(error?.description.contains("tensor w holds nan at index 2") == true)
    #expect(throws: CheckpointError.self) {
      try encode(NamedTensor(name: "w", shape: [1], values: [-.infinity]))
    }
    #expect(throws: CheckpointError.self) { try encode(one, one) }
    #expect(throws: CheckpointError.self) {
      try encode(NamedTensor(name: "__metadata__", shape: [0], values: []))
    }
  }

  @Test("A NaN in a file is refused with tensor and index")
  func refusesToReadNaN() throws {
    let one = SafetensorsFile(tensors: [NamedTensor(name: "w", shape: [2], values: [0, 1])])
    let data =
      try one.encoded().dropLast(4) + withUnsafeBytes(of: Float.nan.bitPattern.littleEndian) { Data($0) }

    #expect(throws: CheckpointError.corrupt(path: "p", reason: "tensor w holds nan at index 1")) {
      try SafetensorsFile(decoding: data, path: "p")
    }
  }

  @Test("Anybody's file of weights comes with its SHA-256")
  func weightsFile() throws {
    let folder = try TemporaryFolder()
    try folder.put(Self.python, "theirs.safetensors")

    let weights = try WeightsFile(contentsOf: "\(folder.path)/theirs.safetensors")

    #expect(weights.tensors == Self.pythonContents.tensors)
    #expect(weights.metadata == ["format": "pt"])
    #expect(weights.sha256 == Checksum.sha256(Self.python))
    #expect(Checksum.sha256(Data()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    let missing = #expect(throws: FileError.self) { try WeightsFile(contentsOf: "\(folder.path)/none") }
    #expect(missing?.isMissing == true)
  }
}

extension Data {
  /// Bytes from hexadecimal digits.
  init(hex: String) {
    let digits = hex.compactMap(\.hexDigitValue)
    self.init(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
  }
}
