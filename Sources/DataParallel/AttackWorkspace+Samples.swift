public import Attacks
public import Datasets
import Networks
import Tensors

extension AttackWorkspace {
  /// Loads samples of a data set by their positions in it.
  ///
  /// - Parameter augmentation: What the images go through, in training; the changed image is then the clean one, which
  ///   attacks perturb.
  public func fill(
    _ positions: some Collection<Int>, of images: LabeledImages, augmentation: EpochAugmentation? = nil
  ) {
    batch.removeAll()
    for position in positions {
      batch.append(
        label: Int(images.labels[position]), sample: UInt32(images.sourceIndices[position])
      ) { image in
        if let augmentation {
          augmentation.copyImage(position, of: images, into: image)
        } else {
          images.copyImage(position, into: image)
        }
      }
    }
    finishFilling()
  }
}
