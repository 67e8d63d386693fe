import Attacks
import DataParallel
import Datasets
import Networks
import Tensors

/// What one thread measures with: a model for some samples at a time, and these samples.
///
/// Made once, used for all samples that the thread meets.
final class EvaluationWorkspace: @unchecked Sendable {
  /// The micro-batches that are attacked together where samples may rest.
  static let packedMicrobatches = 4

  /// The model.
  let session: any DifferentiableClassifier
  /// The samples.
  let batch: AttackBatch
  private let packed: PackedSessions?

  /// Creates the workspace of one thread, for one micro-batch or for several whose rows are packed.
  init(_ network: CompiledNetwork, microbatches: Int) throws {
    packed = microbatches > 1 ? try PackedSessions(network, sessions: microbatches) : nil
    session = try packed ?? network.makeSession()
    batch = AttackBatch(
      capacity: microbatches * network.microbatch, imageElements: network.architecture.input.elements)
  }

  /// Takes samples in.
  func fill(_ positions: ArraySlice<Int>, of images: LabeledImages) {
    batch.removeAll()
    for position in positions {
      batch.append(label: Int(images.labels[position]), sample: UInt32(images.sourceIndices[position])) {
        images.copyImage(position, into: $0)
      }
    }
    batch.pad()
    session.images.update(from: batch.images.pointer, count: batch.images.count)
    wake()
  }

  /// Has the rows of all samples computed again.
  func wake() { packed?.wake(batch.count) }
}
