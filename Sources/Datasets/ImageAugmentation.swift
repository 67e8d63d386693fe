import Tensors

/// Random crops and horizontal flips of training images, as usual with CIFAR.
///
/// He et al. 2016, section 4.2. The image is padded by zeros on all sides, cropped to its size at a random place, and
/// mirrored with a probability of one half. What becomes of a sample depends on the seed, the epoch and its index
/// alone.
public struct ImageAugmentation: Equatable, Sendable {
  /// The rows and columns of zeros on each side that the crop may reach into; 0 for no crop.
  public var crop: Int
  /// Whether images are mirrored at random.
  public var flip: Bool

  /// Creates an augmentation.
  ///
  /// - Precondition: `crop` is not negative.
  public init(crop: Int, flip: Bool) {
    precondition(crop >= 0, "a crop of \(crop)")
    self.crop = crop
    self.flip = flip
  }

  /// Whether images change at all.
  public var isActive: Bool { crop > 0 || flip }

  /// How one image is changed.
  package struct Change: Equatable, Sendable {
    /// Where the crop begins in the padded image.
    package let row: Int
    package let column: Int
    /// Whether the crop is mirrored.
    package let isFlipped: Bool
  }

  /// How a sample is changed in an epoch.
  package func change(seed: UInt64, epoch: UInt64, sample: UInt32) -> Change {
    var stream = RandomStream(
      RandomIdentity(seed: seed, purpose: .augmentation, step: epoch, sample: sample))
    let places = UInt32(2 * crop + 1)
    let row = Int(stream.index(below: places))
    let column = Int(stream.index(below: places))
    // Drawn last and always, so that neither setting changes what the other one does.
    let mirrored = stream.index(below: 2) == 1
    return Change(row: row, column: column, isFlipped: flip && mirrored)
  }
}

/// The augmentation of one epoch of a run.
public struct EpochAugmentation: Equatable, Sendable {
  /// What may be done to an image.
  public let augmentation: ImageAugmentation
  /// The seed of the run.
  public let seed: UInt64
  /// The epoch, from 0.
  public let epoch: UInt64

  /// Creates the augmentation of an epoch.
  public init(_ augmentation: ImageAugmentation, seed: UInt64, epoch: UInt64) {
    self.augmentation = augmentation
    self.seed = seed
    self.epoch = epoch
  }

  /// Writes the changed image at `position` as C x H x W values in [0, 1].
  public func copyImage(
    _ position: Int, of images: LabeledImages, into destination: UnsafeMutablePointer<Float>
  ) {
    let change = augmentation.change(
      seed: seed, epoch: epoch, sample: UInt32(images.sourceIndices[position]))
    let (height, width) = (images.height, images.width)
    // The shift of the image against the crop.
    let (down, right) = (augmentation.crop - change.row, augmentation.crop - change.column)
    let columns = max(0, right)..<max(max(0, right), width + min(0, right))
    withUnsafeTemporaryAllocation(of: Float.self, capacity: images.imageSize) { buffer in
      guard let source = buffer.baseAddress else { return }
      images.copyImage(position, into: source)
      for line in 0..<images.channels * height {
        let target = destination + line * width
        target.update(repeating: 0, count: width)
        guard (0..<height).contains(line % height - down) else { continue }
        let origin = source + (line - down) * width - right
        for column in columns { target[change.isFlipped ? width - 1 - column : column] = origin[column] }
      }
    }
  }
}
