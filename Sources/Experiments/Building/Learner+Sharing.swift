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
  /// - Parameters:
  ///   - store: The checkpoints, on rank 0.
  ///   - identity: What this run is.
  /// - Returns: Where it stood, on all ranks; nil where there is no checkpoint yet.
  /// - Throws: `TrainingError.differentRun` on all ranks where the checkpoint is another run's.
  func resume(from store: CheckpointStore?, identity: [String: String]) throws -> ResumedState? {
    let communicator = model.communicator
    let found = try communicator.agree { try store?.newestIntact() }
    guard try communicator.broadcast(found == nil ? 0 : 1) == 1 else { return nil }
    let text = try found.map { String(decoding: try JSONEncoder().encode($0.contents.state), as: UTF8.self) }
    let path = try communicator.broadcast(found?.reference.path ?? "")
    let state = try JSONDecoder().decode(
      CheckpointState.self, from: Data(try communicator.broadcast(text ?? "").utf8))
    try communicator.agree {
      // Before the tensors, which another run's may not even fit.
      let differences = state.identityDifferences(from: identity)
      guard differences.isEmpty else { throw TrainingError.differentRun(keys: differences, path: path) }
      if let found { try restore(found) }
    }
    try shareParameters()
    for (_, values) in optimizer.moments { try communicator.broadcast(values.storage.elements) }
    optimizer.step = state.step
    let carried = try communicator.broadcast(found?.contents.training ?? [])
    try communicator.agree {
      do {
        if let own = try TrainerState(of: state) { try restoreTraining(carried, own) }
      } catch let mismatch as ParameterMismatch {
        throw TrainingError.unusableCheckpoint(path: path, reason: mismatch.description)
      } catch let error as DecodingError {
        throw TrainingError.unusableCheckpoint(
          path: path, reason: "the state of its training loop cannot be read: \(error)")
      }
    }
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

extension Communicator {
  /// The root's tensors, on every rank; what other ranks pass is ignored.
  fileprivate func broadcast(_ tensors: [NamedTensor]) throws -> [NamedTensor] {
    /// A tensor without its values.
    struct Header: Codable {
      let name: String
      let shape: [Int]
    }
    let text = try JSONEncoder().encode(tensors.map { Header(name: $0.name, shape: $0.shape) })
    let headers = try JSONDecoder().decode(
      [Header].self, from: Data(try broadcast(String(decoding: text, as: UTF8.self)).utf8))
    return try headers.enumerated().map { index, header in
      let own = isRoot ? tensors[index].values : []
      return NamedTensor(name: header.name, shape: header.shape, values: try broadcast(own))
    }
  }
}

/// Where a run went on, as all ranks know it.
struct ResumedState {
  let state: CheckpointState
  let path: String
  /// What had to be passed over; known to rank 0 only.
  let warnings: [String]
}
