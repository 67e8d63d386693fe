package import Foundation

/// The form of `state.json`: a JSON object whose first member is the SHA-256 of all the others.
///
/// The checksum is over the very bytes that follow, not over their meaning, so any changed byte shows,
/// and no reader depends on how a JSON library happens to format numbers.
extension CheckpointState {
  private static let prefix = Data("{\n  \"checksum\" : \"".utf8)
  private static let separator = Data("\",".utf8)
  private static let digestLength = 64
  /// The most bytes that are read; what this program writes has a few thousand.
  static let largestFile = 16 << 20

  /// The contents of `state.json`.
  package func sealed() throws -> Data {
    let encoder = JSONValue.encoder()
    encoder.outputFormatting.insert(.prettyPrinted)
    let body = try encoder.encode(self).dropFirst()
    var data = Self.prefix
    data.append(contentsOf: Checksum.sha256(Data(body)).utf8)
    data.append(Self.separator)
    data.append(body)
    return data
  }

  /// Reads the contents of `state.json`.
  ///
  /// - Throws: `CheckpointError.corrupt` if a single byte differs from what was written.
  package init(sealed data: Data, path: String) throws(CheckpointError) {
    let bodyOffset = Self.prefix.count + Self.digestLength + Self.separator.count
    let data = Data(data)
    guard data.count > bodyOffset, data.starts(with: Self.prefix),
      data[(bodyOffset - Self.separator.count)..<bodyOffset] == Self.separator
    else {
      throw .corrupt(path: path, reason: "it does not begin with a checksum")
    }
    let body = Data(data[bodyOffset...])
    let digest = data[Self.prefix.count..<(Self.prefix.count + Self.digestLength)]
    guard digest.elementsEqual(Checksum.sha256(body).utf8) else {
      throw .corrupt(path: path, reason: "its checksum does not match")
    }

    let json = Data("{".utf8) + body
    do {
      self = try JSONDecoder().decode(CheckpointState.self, from: json)
    } catch {
      let written = try? JSONDecoder().decode(Version.self, from: json)
      guard let written, written.formatVersion > Self.currentFormatVersion else {
        throw .corrupt(path: path, reason: "members are missing or of another type (\(error))")
      }
      throw Self.tooNew(written.formatVersion, path)
    }
    guard formatVersion <= Self.currentFormatVersion else { throw Self.tooNew(formatVersion, path) }
    guard step >= 0, epoch >= 0, batchInEpoch >= 0, samplesSeen >= 0 else {
      throw .corrupt(path: path, reason: "a counter is negative")
    }
  }

  private struct Version: Decodable {
    var formatVersion: Int
  }

  private static func tooNew(_ version: Int, _ path: String) -> CheckpointError {
    .corrupt(
      path: path,
      reason:
        "it has format version \(version); this program reads up to \(currentFormatVersion), use a newer one")
  }
}
