public import Attacks
public import Datasets
import Networks
import Tensors

extension AttackWorkspace {
  /// Loads samples of a data set by their positions in it.
  public func fill(_ positions: some Collection<Int>, of images: LabeledImages) {
    batch.removeAll()
    for position in positions {
      batch.append(
        label: Int(images.labels[position]), sample: UInt32(images.sourceIndices[position])
      ) { images.copyImage(position, into: $0) }
    }
    finishFilling()
  }
}
