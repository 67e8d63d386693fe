public import Tensors

/// A bare file of weights, this program's or anybody's, with the checksum by which results name it.
public struct WeightsFile: Sendable, Equatable {
  /// Where it was read from.
  public let path: String
  /// The SHA-256 of the whole file.
  public let sha256: String
  /// The tensors in the order of their bytes in the file, converted to float32.
  public let tensors: [NamedTensor]
  /// The file's free text metadata.
  public let metadata: [String: String]

  /// Reads a `.safetensors` file.
  ///
  /// - Throws: `FileError` if it cannot be read, `CheckpointError.corrupt` if it is no sound safetensors file or
  ///   holds infinities or NaN.
  public init(contentsOf path: String) throws {
    let data = try FileSystem.read(path)
    let file = try SafetensorsFile(decoding: data, path: path)
    self.path = path
    sha256 = Checksum.sha256(data)
    tensors = file.tensors
    metadata = file.metadata
  }
}
