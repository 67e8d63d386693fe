import Attacks
import DataParallel
import MessagePassing
import Networks
import Tensors

/// The perturbation of every place of a batch, carried from step to step by free adversarial training.
///
/// A rank moves on those of its own micro-batches; `share` makes all ranks hold all of them, which is due when a batch
/// may be spread over the ranks in another way, and before a checkpoint. Threads touch disjoint rows.
final class CarriedPerturbation: @unchecked Sendable {
  /// The values of an image.
  let elements: Int
  /// The number of places.
  private(set) var rows: Int
  /// The perturbations, one behind the other.
  private(set) var values: AlignedBuffer<Float>
  /// How the rows are spread that ranks have moved on since the last `share`; nil where all hold the same.
  private var spread: MicrobatchPlan?

  /// Creates perturbations of zero.
  init(rows: Int, elements: Int) {
    self.rows = rows
    self.elements = elements
    values = AlignedBuffer(count: rows * elements)
  }

  /// Creates perturbations with the given values.
  init(rows: Int, elements: Int, values: [Float]) {
    self.rows = rows
    self.elements = elements
    self.values = AlignedBuffer(count: rows * elements)
    _ = self.values.elements.update(from: values)
  }

  /// A copy.
  ///
  /// - Precondition: All ranks hold the same.
  func copied() -> CarriedPerturbation {
    precondition(spread == nil, "a copy of perturbations that are spread over ranks")
    return CarriedPerturbation(rows: rows, elements: elements, values: Array(values.elements))
  }

  /// Makes room for more places, whose perturbations are zero.
  func grow(to rows: Int) {
    guard rows > self.rows else { return }
    let larger = AlignedBuffer<Float>(count: rows * elements)
    larger.pointer.update(from: values.pointer, count: values.count)
    (self.rows, values) = (rows, larger)
  }

  /// Says that each rank has moved its rows of a batch on.
  func isSpread(as plan: MicrobatchPlan) { spread = plan }

  /// Gives all ranks the rows of all; all of them call it.
  func share(on communicator: Communicator) throws(MPIError) {
    guard let plan = spread else { return }
    spread = nil
    let counts = (0..<communicator.size).map { rank in
      let shard = Shard(rank: rank, of: communicator.size, microbatches: plan.count).range
      return elements * shard.reduce(0) { $0 + plan.samples(of: $1).count }
    }
    let own = UnsafeMutableBufferPointer(start: values.pointer, count: plan.samples * elements)
    try communicator.allGather(inPlace: own, BlockLayout(counts: counts))
  }

  /// Adds the perturbations of a micro-batch to the clean images in its session.
  func add(to work: TrainingStep.Work) {
    let images = work.workspace.session.images
    let own = values.pointer + work.rows.lowerBound * elements
    for i in 0..<work.rows.count * elements { images[i] += own[i] }
  }

  /// Takes over how far the images in a session are from the clean ones.
  ///
  /// A row with a value that is not finite, from weights that have diverged, starts anew at zero.
  func take(from work: TrainingStep.Work) {
    let (images, clean) = (work.workspace.session.images, work.workspace.batch.images.pointer)
    for row in 0..<work.rows.count {
      let own = values.pointer + (work.rows.lowerBound + row) * elements
      var isFinite = true
      for i in 0..<elements {
        own[i] = images[row * elements + i] - clean[row * elements + i]
        isFinite = isFinite && own[i].isFinite
      }
      if !isFinite { own.update(repeating: 0, count: elements) }
    }
  }
}
