import Crypto

extension LabeledImages {
  /// The SHA-256 of the content: shape, class count, pixels and labels, in the order of the samples.
  ///
  /// Two selections with the same images and labels in the same order agree, wherever they come from.
  public var sha256: String {
    var hash = SHA256()
    let isFloat: UInt64 =
      switch pixels {
      case .bytes: 0
      case .floats: 1
      }
    let header = [isFloat] + [count, channels, height, width, classCount].map(UInt64.init)
    header.map(\.littleEndian).withUnsafeBytes { hash.update(bufferPointer: $0) }
    switch pixels {
    case .bytes(let bytes): bytes.withUnsafeBytes { update(&hash, with: $0, stride: 1) }
    case .floats(let values): values.withUnsafeBytes { update(&hash, with: $0, stride: 4) }
    }
    labels.withUnsafeBytes { hash.update(bufferPointer: $0) }
    return hash.finalize().hexadecimal
  }

  private func update(_ hash: inout SHA256, with storage: UnsafeRawBufferPointer, stride: Int) {
    let size = imageSize * stride
    for index in sourceIndices {
      hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: storage[index * size..<(index + 1) * size]))
    }
  }
}

extension Sequence<UInt8> {
  /// The bytes as lower-case hexadecimal digits.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in self {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
