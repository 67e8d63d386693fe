public import Foundation
import Tensors

extension SafetensorsFile {
  /// The bytes of the file: F32 tensors, and I64 for counters, in the order of `tensors`, metadata sorted by key.
  ///
  /// - Throws: `CheckpointError.unwritable` for a name that occurs twice or is reserved, and for infinities or
  ///   NaN, naming the tensor and the index.
  public func encoded() throws(CheckpointError) -> Data {
    var names: Set<String> = []
    for tensor in tensors {
      guard tensor.name != SafetensorsHeader.metadataKey else {
        throw .unwritable(reason: "\(tensor.name) is not a possible tensor name")
      }
      guard names.insert(tensor.name).inserted else {
        throw .unwritable(reason: "two tensors are called \(tensor.name)")
      }
      if tensor.isWhole, let index = tensor.values.firstIndex(where: { Int64(exactly: $0) == nil }) {
        throw .unwritable(
          reason: "tensor \(tensor.name) counts \(tensor.values[index]) at index \(index), no whole number")
      }
      if let index = tensor.values.firstNonFiniteIndex {
        throw .unwritable(
          reason:
            "tensor \(tensor.name) holds \(tensor.values[index]) at index \(index); the run has diverged")
      }
    }

    let header = encodedHeader()
    var data = Data(capacity: 8 + header.count + tensors.reduce(0) { $0 + $1.encodedBytes })
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(header)
    for tensor in tensors {
      if tensor.isWhole {
        for value in tensor.values {
          withUnsafeBytes(of: Int64(value).littleEndian) { data.append(contentsOf: $0) }
        }
      } else {
        tensor.values.withUnsafeBytes { data.append(contentsOf: $0) }
      }
    }
    return data
  }

  private func encodedHeader() -> Data {
    var parts: [String] = []
    if !metadata.isEmpty {
      let entries = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      parts.append("\(quoted(SafetensorsHeader.metadataKey)):{\(entries.joined(separator: ","))}")
    }
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.encodedBytes
      let type = tensor.isWhole ? "I64" : "F32"
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      parts.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
      )
      offset = end
    }
    var header = Data("{\(parts.joined(separator: ","))}".utf8)
    // Blanks up to a multiple of eight keep the tensors aligned in a mapped file.
    header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
    return header
  }

  /// A JSON string literal (RFC 8259, section 7).
  private func quoted(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": literal += "\\\""
      case "\\": literal += "\\\\"
      case "\0"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }
}

extension NamedTensor {
  /// The bytes that the values take in a file.
  fileprivate var encodedBytes: Int { (isWhole ? 8 : 4) * values.count }
}
