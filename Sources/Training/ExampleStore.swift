import Attacks
import DataParallel
import MessagePassing
import Networks
import Tensors

/// The adversarial examples of this rank's micro-batches, kept where a step takes several gradients on them.
///
/// Threads write disjoint parts.
final class ExampleStore: @unchecked Sendable {
  private var memory = AlignedBuffer<Float>(count: 0)
  private var firstMicrobatch = 0
  private var elements = 0

  /// Makes room for this rank's share of a step's batch.
  func prepare(for step: TrainingStep) {
    let communicator = step.learner.model.communicator
    let shard = Shard(
      rank: communicator.rank, of: communicator.size, microbatches: step.microbatches.count)
    firstMicrobatch = shard.range.lowerBound
    elements = step.learner.workspaces[0].batch.images.count
    let needed = shard.range.count * elements
    if memory.count < needed { memory = AlignedBuffer(count: needed) }
  }

  /// Keeps the images that are in the session.
  func save(_ work: TrainingStep.Work) {
    place(of: work).update(from: work.workspace.session.images, count: elements)
  }

  /// Puts the images that were kept into the session.
  func load(_ work: TrainingStep.Work) {
    work.workspace.session.images.update(from: place(of: work), count: elements)
  }

  private func place(of work: TrainingStep.Work) -> UnsafeMutablePointer<Float> {
    memory.pointer + (work.microbatch - firstMicrobatch) * elements
  }
}
