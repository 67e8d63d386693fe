public import Tensors

/// A checkpoint's contents: where the run stands and every tensor it needs to go on.
public struct Checkpoint: Sendable, Equatable {
  /// Where the run stands.
  public var state: CheckpointState
  /// The network's parameters and running statistics.
  public var model: [NamedTensor]
  /// The optimizer's moments.
  public var optimizer: [NamedTensor]
  /// What the training method carries over steps; mostly empty.
  public var training: [NamedTensor]

  /// Collects the contents of a checkpoint.
  public init(
    state: CheckpointState, model: [NamedTensor], optimizer: [NamedTensor] = [], training: [NamedTensor] = []
  ) {
    self.state = state
    self.model = model
    self.optimizer = optimizer
    self.training = training
  }
}

/// A checkpoint as it lies on the disk, by which results name it.
public struct CheckpointReference: Sendable, Equatable {
  /// The optimizer steps done.
  public var step: Int
  /// The checkpoint's folder.
  public var path: String
  /// The SHA-256 of its `model.safetensors`.
  public var modelSHA256: String

  /// The folder's own name, `step-00000468`.
  public var name: String { Self.name(step: step) }
  /// The file with the network's parameters.
  public var modelPath: String { "\(path)/\(CheckpointFile.model.rawValue)" }

  /// The name of the folder for a step; eight digits, so that names sort as steps do.
  static func name(step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  /// The step a folder's name stands for; nil for names this program does not give.
  package static func step(name: some StringProtocol) -> Int? {
    guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), step >= 0,
      name == Self.name(step: step)
    else { return nil }
    return step
  }
}

/// A checkpoint that was read and verified.
public struct LoadedCheckpoint: Sendable, Equatable {
  /// Where it was found.
  public var reference: CheckpointReference
  /// What it holds.
  public var contents: Checkpoint
  /// What had to be passed over on the way to it, one sentence each.
  public var warnings: [String]
}

/// The tensor files of a checkpoint.
enum CheckpointFile: String, CaseIterable {
  case model = "model.safetensors"
  case optimizer = "optimizer.safetensors"
  case training = "training.safetensors"

  static let state = "state.json"
}
