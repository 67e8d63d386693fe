public import Foundation
public import Tensors

/// The contents of a safetensors file: named tensors and free text metadata.
///
/// The format (huggingface/safetensors, "Format" in its README): the length N of the header as a little-endian
/// 64-bit number; N bytes of JSON, `{"name": {"dtype", "shape", "data_offsets": [begin, end]}, ...,
/// "__metadata__": {text: text}}`; then the tensors' bytes, packed, in C order, without holes or overlaps.
///
/// Equal tensors in equal order give equal bytes, so that people can compare models by a checksum of the file.
public struct SafetensorsFile: Sendable, Equatable {
  /// The tensors in the order of their bytes in the file.
  public var tensors: [NamedTensor]
  /// The entries of `__metadata__`.
  public var metadata: [String: String]

  /// Creates the contents of a file.
  public init(tensors: [NamedTensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Reads the bytes of a file.
  ///
  /// Every element type with an exact meaning in float32 is accepted (F32, F16, BF16, F64, integers, booleans)
  /// and converted.
  ///
  /// - Parameters:
  ///   - data: The whole file.
  ///   - path: Where the bytes came from, for messages.
  /// - Throws: `CheckpointError.corrupt` saying what is wrong, with the tensor's name where there is one;
  ///   infinities and NaN are damage too.
  public init(decoding data: Data, path: String) throws(CheckpointError) {
    let header = try SafetensorsHeader(parsing: data, path: path)
    var tensors: [NamedTensor] = []
    tensors.reserveCapacity(header.entries.count)
    for entry in header.entries {
      let bytes = data.dropFirst(header.dataOffset + entry.begin).prefix(entry.end - entry.begin)
      let values: [Float]
      do {
        values = try entry.type.decode(bytes, count: entry.count)
      } catch {
        throw .corrupt(path: path, reason: "tensor \(entry.name): \(error.reason)")
      }
      if let index = values.firstNonFiniteIndex {
        throw .corrupt(
          path: path, reason: "tensor \(entry.name) holds \(values[index]) at index \(index)")
      }
      tensors.append(
        NamedTensor(
          name: entry.name, shape: entry.shape, values: values, isWhole: entry.type == .int64))
    }
    self.init(tensors: tensors, metadata: header.metadata)
  }

  /// Reads a file, for example weights that somebody trained elsewhere.
  ///
  /// - Throws: `FileError` if the file cannot be read, `CheckpointError.corrupt` if it is no sound safetensors
  ///   file.
  public init(contentsOf path: String) throws {
    let data = try FileSystem.read(path)
    try self.init(decoding: data, path: path)
  }

  /// Writes the file atomically.
  ///
  /// - Throws: `CheckpointError.unwritable` for tensors that must not be written, `FileError` if the system
  ///   refuses.
  public func write(to path: String) throws {
    try AtomicFile.write(encoded(), to: path)
  }
}

extension [Float] {
  /// The index of the first infinity or NaN.
  var firstNonFiniteIndex: Int? {
    withUnsafeBufferPointer { values in values.firstIndex { !$0.isFinite } }
  }
}
