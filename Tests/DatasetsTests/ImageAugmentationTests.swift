import Datasets
import Tensors
import Testing

@Suite("Random crops and flips")
struct ImageAugmentationTests {
  /// Images whose pixels are all different and none of them 0.
  let images = LabeledImages(
    name: "numbered", channels: 2, height: 5, width: 7, classCount: 3,
    values: (0..<40 * 70).map { Float($0 + 1) / 2_801 }, labels: (0..<40).map { UInt8($0 % 3) })

  func augmented(_ position: Int, _ augmentation: ImageAugmentation, epoch: UInt64 = 0) -> [Float] {
    var image = [Float](repeating: -1, count: images.imageSize)
    image.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      EpochAugmentation(augmentation, seed: 5, epoch: epoch).copyImage(position, of: images, into: base)
    }
    return image
  }

  /// The same written down: a padded image, cut, and turned round.
  func naive(_ position: Int, crop: Int, flip: Bool, epoch: UInt64) -> [Float] {
    let image = images.image(at: position)
    let (height, width) = (images.height, images.width)
    let empty = [Float](repeating: 0, count: width + 2 * crop)
    var stream = RandomStream(
      RandomIdentity(seed: 5, purpose: .augmentation, step: epoch, sample: UInt32(position)))
    let row = Int(stream.index(below: UInt32(2 * crop + 1)))
    let column = Int(stream.index(below: UInt32(2 * crop + 1)))
    let mirrored = stream.index(below: 2) == 1
    return (0..<images.channels).flatMap { channel -> [Float] in
      var padded = [[Float]](repeating: empty, count: crop)
      for y in 0..<height {
        let start = (channel * height + y) * width
        let zeros = [Float](repeating: 0, count: crop)
        padded.append(zeros + image[start..<start + width] + zeros)
      }
      padded += [[Float]](repeating: empty, count: crop)
      return padded[row..<row + height].flatMap { line in
        let cut = Array(line[column..<column + width])
        return flip && mirrored ? cut.reversed() : cut
      }
    }
  }

  @Test(
    "An image is the crop of the padded one, mirrored or not", arguments: [0, 1, 3, 4], [false, true])
  func againstNaive(crop: Int, flip: Bool) {
    let augmentation = ImageAugmentation(crop: crop, flip: flip)
    for epoch in UInt64(0)..<3 {
      for position in 0..<images.count {
        #expect(
          augmented(position, augmentation, epoch: epoch)
            == naive(position, crop: crop, flip: flip, epoch: epoch))
      }
    }
  }

  @Test("Without crop and flip the image stays")
  func inactive() {
    let none = ImageAugmentation(crop: 0, flip: false)

    #expect(!none.isActive && augmented(3, none) == images.image(at: 3))
  }

  @Test("Every place of the crop comes up about equally often, and every second image is mirrored")
  func distribution() {
    let augmentation = ImageAugmentation(crop: 1, flip: true)
    var counts = [[Int]: Int]()
    let draws = 9_000
    for sample in 0..<UInt32(draws) {
      let change = augmentation.change(seed: 1, epoch: 4, sample: sample)
      counts[[change.row, change.column, change.isFlipped ? 1 : 0], default: 0] += 1
    }

    #expect(counts.count == 18)
    for place in counts.keys { #expect((0...2).contains(place[0]) && (0...2).contains(place[1])) }
    // 500 are expected of each, with a standard deviation of 22.
    #expect(counts.values.allSatisfy { (380...620).contains($0) })
  }

  @Test("Seed, epoch and sample each lead to another change, and nothing else does")
  func identity() {
    let augmentation = ImageAugmentation(crop: 30, flip: true)
    let one = (0..<20).map { augmentation.change(seed: 1, epoch: 2, sample: $0) }

    #expect(one == (0..<20).map { augmentation.change(seed: 1, epoch: 2, sample: $0) })
    #expect(one != (0..<20).map { augmentation.change(seed: 2, epoch: 2, sample: $0) })
    #expect(one != (0..<20).map { augmentation.change(seed: 1, epoch: 3, sample: $0) })
    #expect(Set(one.map { "\($0)" }).count > 15)
    // Flips do not move crops.
    let still = ImageAugmentation(crop: 30, flip: false)
    #expect(one.map(\.row) == (0..<20).map { still.change(seed: 1, epoch: 2, sample: $0).row })
    #expect(one.map(\.column) == (0..<20).map { still.change(seed: 1, epoch: 2, sample: $0).column })
  }

  @Test("A selection of classes augments a sample as the whole set does")
  func selection() throws {
    let augmentation = EpochAugmentation(ImageAugmentation(crop: 2, flip: true), seed: 5, epoch: 1)
    let some = try images.selecting(classes: [2, 1])
    func image(_ position: Int, _ images: LabeledImages) -> [Float] {
      var image = [Float](repeating: -1, count: images.imageSize)
      image.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        augmentation.copyImage(position, of: images, into: base)
      }
      return image
    }

    for position in 0..<some.count {
      #expect(image(position, some) == image(some.sourceIndices[position], images))
    }
  }
}
