/// The two layouts of CIFAR's binary version (Krizhevsky, "The CIFAR-10 dataset", binary version).
package enum CIFARFormat: Sendable {
  /// A label of one byte, then the image.
  case cifar10
  /// The coarse label of 20, the fine label of 100, then the image.
  case cifar100

  /// The name in messages.
  var title: String { self == .cifar10 ? "CIFAR-10" : "CIFAR-100" }
  /// The folder that the published archive unpacks to.
  var archiveFolder: String { self == .cifar10 ? "cifar-10-batches-bin" : "cifar-100-binary" }
  /// The number of classes that are learned: with CIFAR-100 the fine ones.
  var classCount: Int { self == .cifar10 ? 10 : 100 }
  /// How many values each label byte of a record may have; the last one is learned.
  var labelCounts: [Int] { self == .cifar10 ? [10] : [20, 100] }
  /// The bytes of a record: its labels and an image of 3 x 32 x 32.
  package var recordSize: Int { labelCounts.count + Self.imageSize }

  static let imageSize = 3 * 32 * 32
  // Four times the published training file, twenty times a batch of CIFAR-10.
  static let largestContents = 200_000 * (2 + imageSize)
}
