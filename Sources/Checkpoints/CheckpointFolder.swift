import Foundation
import Tensors

/// One checkpoint's folder: writing all of its files durably, and reading them with every checksum verified.
enum CheckpointFolder {
  /// Writes a checkpoint into a folder that must not exist and forces it to the disk.
  ///
  /// - Returns: the SHA-256 of the model file.
  static func write(_ checkpoint: Checkpoint, to folder: String) throws -> String {
    guard mkdir(folder, 0o777) == 0 else { throw FileError("create folder", folder) }
    var state = checkpoint.state
    state.files = [:]
    for file in CheckpointFile.allCases {
      let tensors = checkpoint[file]
      if file == .training && tensors.isEmpty { continue }
      // The entry every PyTorch tool expects. Nothing about the run goes in here: equal weights, equal bytes.
      let data = try SafetensorsFile(tensors: tensors, metadata: ["format": "pt"]).encoded()
      state.files[file.rawValue] = Checksum.sha256(data)
      try FileSystem.writeNew(data, to: "\(folder)/\(file.rawValue)")
    }
    try FileSystem.writeNew(state.sealed(), to: "\(folder)/\(CheckpointFile.state)")
    try FileSystem.synchronizeFolder(folder)
    return state.files[CheckpointFile.model.rawValue, default: ""]
  }

  /// Reads a checkpoint and verifies all of it.
  ///
  /// - Throws: `CheckpointError.corrupt` or `FileError`, naming the file at fault.
  static func read(_ folder: String, step: Int) throws -> (contents: Checkpoint, modelSHA256: String) {
    let statePath = "\(folder)/\(CheckpointFile.state)"
    let state = try CheckpointState(
      sealed: FileSystem.read(statePath, upTo: CheckpointState.largestFile), path: statePath)
    guard state.step == step else {
      throw CheckpointError.corrupt(path: folder, reason: "it holds step \(state.step)")
    }
    let known = Set(CheckpointFile.allCases.map(\.rawValue))
    guard known.isSuperset(of: state.files.keys) else {
      throw CheckpointError.corrupt(path: statePath, reason: "it lists unknown files")
    }

    var contents = Checkpoint(state: state, model: [])
    for file in CheckpointFile.allCases {
      guard let expected = state.files[file.rawValue] else {
        if file == .training { continue }
        throw CheckpointError.corrupt(path: statePath, reason: "it has no checksum of \(file.rawValue)")
      }
      let path = "\(folder)/\(file.rawValue)"
      let data = try FileSystem.read(path)
      guard Checksum.sha256(data) == expected else {
        throw CheckpointError.corrupt(path: path, reason: "its SHA-256 is not the one recorded in state.json")
      }
      contents[file] = try SafetensorsFile(decoding: data, path: path).tensors
    }
    return (contents, state.files[CheckpointFile.model.rawValue, default: ""])
  }
}

extension Checkpoint {
  fileprivate subscript(file: CheckpointFile) -> [NamedTensor] {
    get {
      switch file {
      case .model: model
      case .optimizer: optimizer
      case .training: training
      }
    }
    set {
      switch file {
      case .model: model = newValue
      case .optimizer: optimizer = newValue
      case .training: training = newValue
      }
    }
  }
}
