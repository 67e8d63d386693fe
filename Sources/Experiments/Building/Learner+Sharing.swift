import Checkpoints
import DataParallel
import Foundation
import MessagePassing
import Networks
import Tensors
import Training

extension Learner {
  /// Goes on from the newest intact checkpoint, which only rank 0 needs to be able to read.
  ///
  /// - Returns: Where it stood, on all ranks; nil where there is no checkpoint yet.
  func resume(from store: CheckpointStore?) throws -> ResumedState? {
    let communicator = model.communicator
    let found = try communicator.agree { () -> LoadedCheckpoint? in
      guard let checkpoint = try store?.newestIntact() else { return nil }
      try restore(checkpoint)
      return checkpoint
    }
    guard try communicator.broadcast(found == nil ? 0 : 1) == 1 else { return nil }
    let text = try found.map { String(decoding: try JSONEncoder().encode($0.contents.state), as: UTF8.self) }
    let path = try communicator.broadcast(found?.reference.path ?? "")
    let state = try JSONDecoder().decode(
      CheckpointState.self, from: Data(try communicator.broadcast(text ?? "").utf8))
    try shareParameters()
    for (_, values) in optimizer.moments { try communicator.broadcast(values.storage.elements) }
    optimizer.step = state.step
    return ResumedState(state: state, path: path, warnings: found?.warnings ?? [])
  }

  /// Gives all ranks the weights of rank 0.
  func shareParameters() throws {
    try model.shareParameters()
  }
}

extension DataParallelModel {
  /// Gives all ranks the weights of rank 0.
  func shareParameters() throws {
    try communicator.broadcast(parameters.storage.elements)
    try parametersChanged()
  }
}

/// Where a run went on, as all ranks know it.
struct ResumedState {
  let state: CheckpointState
  let path: String
  /// What had to be passed over; known to rank 0 only.
  let warnings: [String]
}
