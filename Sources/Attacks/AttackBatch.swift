public import Tensors

/// The samples under attack: clean images, labels and identities of one micro-batch, with the memory an
/// attack needs.
///
/// Made once for each thread.
public final class AttackBatch {
  /// The size of the micro-batch.
  public let capacity: Int
  /// The values of an image.
  public let imageElements: Int
  /// The clean images, N x C x H x W.
  public let images: AlignedBuffer<Float>
  /// The class of each sample.
  public private(set) var labels: [Int]
  /// The identity of each sample, which random numbers depend on.
  public private(set) var samples: [UInt32]
  /// The samples that count; rows behind them are padding.
  public private(set) var count = 0

  let lower: AlignedBuffer<Float>
  let upper: AlignedBuffer<Float>
  package var targets: [Int]
  /// Room for one image.
  let scratch: AlignedBuffer<Float>
  /// What Auto-PGD keeps from step to step; made when it first runs.
  private(set) lazy var autoDescent = AutoDescentState(capacity: capacity, imageElements: imageElements)
  /// The best adversarial images so far, and their losses, where several restarts are compared.
  let worstImages: AlignedBuffer<Float>
  var worstLosses: [Double]
  private var cleanOutputs = AlignedBuffer<Float>(count: 0)
  private var cleanGradient = AlignedBuffer<Float>(count: 0)

  /// Creates room for `capacity` images of `imageElements` values.
  public init(capacity: Int, imageElements: Int) {
    self.capacity = capacity
    self.imageElements = imageElements
    images = AlignedBuffer(count: capacity * imageElements)
    lower = AlignedBuffer(count: capacity * imageElements)
    upper = AlignedBuffer(count: capacity * imageElements)
    worstImages = AlignedBuffer(count: capacity * imageElements)
    scratch = AlignedBuffer(count: imageElements)
    labels = Array(repeating: 0, count: capacity)
    samples = Array(repeating: 0, count: capacity)
    targets = Array(repeating: 0, count: capacity)
    worstLosses = Array(repeating: 0, count: capacity)
  }

  /// Starts a new micro-batch without samples.
  public func removeAll() {
    count = 0
  }

  /// Adds a sample.
  ///
  /// - Parameters:
  ///   - label: Its class.
  ///   - sample: Its index in its data set.
  ///   - fill: Writes its image, `imageElements` values.
  public func append(label: Int, sample: UInt32, fill: (UnsafeMutablePointer<Float>) -> Void) {
    precondition(count < capacity, "a micro-batch of \(capacity) is full")
    labels[count] = label
    samples[count] = sample
    fill(images.pointer + count * imageElements)
    count += 1
  }

  /// Fills the rows behind the last sample with zeros, so that padding never carries old data.
  public func pad() {
    let used = count * imageElements
    (images.pointer + used).update(repeating: 0, count: images.count - used)
    for row in count..<capacity {
      labels[row] = 0
      samples[row] = 0
    }
  }

  /// Room for so many outputs of every clean image, allocated once.
  func makeCleanOutputs(count: Int) -> AlignedBuffer<Float> {
    if cleanOutputs.count != capacity * count { cleanOutputs = AlignedBuffer(count: capacity * count) }
    return cleanOutputs
  }

  /// Room for a gradient by so many outputs of every clean image, allocated once.
  func makeCleanGradient(count: Int) -> AlignedBuffer<Float> {
    if cleanGradient.count != capacity * count { cleanGradient = AlignedBuffer(count: capacity * count) }
    return cleanGradient
  }

  /// The clean image of a row.
  func image(_ row: Int) -> UnsafeMutablePointer<Float> { images.pointer + row * imageElements }
}
