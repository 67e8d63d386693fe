import Datasets
import Testing

@Suite("Labelled images")
struct LabeledImagesTests {
  /// Six images of 2 x 2 x 3; the label of sample i is i mod 3.
  let images = LabeledImages(
    name: "fixture", channels: 2, height: 2, width: 3, classCount: 3, pixels: (0..<72).map { UInt8($0 * 3) },
    labels: [0, 1, 2, 0, 1, 2])

  @Test("Every byte p becomes exactly Float(p) / 255")
  func bytesAreScaledExactly() {
    let ramp = LabeledImages(
      name: "ramp", channels: 1, height: 16, width: 16, classCount: 1, pixels: (0...255).map { UInt8($0) },
      labels: [0])

    let image = ramp.image(at: 0)

    #expect(image == (0...255).map { Float($0) / 255 })
    #expect(image[0] == 0 && image[255] == 1)
  }

  @Test("An image is copied into its place and nowhere else")
  func copyTouchesOneImage() {
    var buffer = [Float](repeating: -7, count: 14)

    buffer.withUnsafeMutableBufferPointer { pointer in
      if let base = pointer.baseAddress { images.copyImage(1, into: base + 1) }
    }

    #expect(buffer[0] == -7 && buffer[13] == -7)
    let expected = (12..<24).map { Float($0 * 3) / 255 }
    #expect(Array(buffer[1..<13]) == expected)
  }

  @Test("Values in [0, 1] are kept as they are")
  func floatsAreKept() {
    let values: [Float] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1]
    let images = LabeledImages(
      name: "floats", channels: 1, height: 2, width: 2, classCount: 2, values: values, labels: [0, 1])

    #expect(images.image(at: 0) == Array(values[..<4]))
    #expect(images.image(at: 1) == Array(values[4...]))
  }

  @Test("A selection of a selection keeps each sample's identity, label and pixels")
  func selectionsKeepIdentity() {
    let selection = images.subset([5, 0, 4]).subset([2, 0])

    #expect(selection.sourceIndices == [4, 5])
    #expect(selection.labels == [1, 2])
    #expect(selection.image(at: 0) == images.image(at: 4))
    #expect(selection.image(at: 1) == images.image(at: 5))
  }

  @Test("A prefix is cut to what there is", arguments: [(-1, 0), (0, 0), (4, 4), (6, 6), (99, 6)])
  func prefixIsCut(limit: Int, count: Int) {
    #expect(images.prefix(limit).sourceIndices == Array(0..<count))
  }

  @Test("Two classes make a binary problem, labelled in the order of the list")
  func twoClassesAreBinary() throws {
    let binary = try images.selecting(classes: [2, 0])

    #expect(binary.isBinary && !images.isBinary)
    #expect(binary.classes == [2, 0])
    #expect(binary.sourceIndices == [0, 2, 3, 5])
    #expect(binary.labels == [1, 0, 1, 0])
    #expect(binary.image(at: 3) == images.image(at: 5))
  }

  @Test("Classes can be selected from a selection by their original numbers")
  func classesOfClasses() throws {
    let pair = try images.selecting(classes: [2, 1, 0]).selecting(classes: [1, 2])

    #expect(pair.classes == [1, 2])
    #expect(pair.labels == [0, 1, 0, 1])
    #expect(pair.sourceIndices == [1, 2, 4, 5])
  }

  @Test("Impossible class lists are refused in words", arguments: [[], [1], [1, 1], [0, 3], [0, -1]])
  func impossibleClasses(classes: [Int]) throws {
    let error = try #require(try datasetError { _ = try images.selecting(classes: classes) })

    #expect(error.kind == .usage)
    #expect(error.description.contains("data.classes"))
  }

  @Test("A class without a sample is refused")
  func emptyClass() throws {
    let error = try #require(
      try datasetError { _ = try images.subset([0, 1]).selecting(classes: [0, 2]) })

    #expect(error.description.contains("class 2"))
  }

  @Test("The fingerprint depends on shape, pixels, labels, class count and order, and on nothing else")
  func fingerprint() {
    func make(
      _ pixels: [UInt8], _ labels: [UInt8], height: Int = 2, width: Int = 2, classes: Int = 2,
      name: String = "a"
    ) -> String {
      LabeledImages(
        name: name, channels: 1, height: height, width: width, classCount: classes, pixels: pixels,
        labels: labels
      ).sha256
    }
    let base = make([1, 2, 3, 4, 5, 6, 7, 8], [0, 1])
    let others = [
      make([1, 2, 3, 4, 5, 6, 7, 9], [0, 1]), make([1, 2, 3, 4, 5, 6, 7, 8], [1, 1]),
      make([1, 2, 3, 4, 5, 6, 7, 8], [0, 1], height: 1, width: 4),
      make([1, 2, 3, 4, 5, 6, 7, 8], [0, 1], classes: 3), make([5, 6, 7, 8, 1, 2, 3, 4], [1, 0]),
    ]

    #expect(Set(others + [base]).count == 6)
    #expect(make([1, 2, 3, 4, 5, 6, 7, 8], [0, 1], name: "b") == base)
    #expect(images.subset(0..<6).sha256 == images.sha256)
    #expect(images.subset([3, 4]).sha256 != images.subset([4, 3]).sha256)
  }

  @Test("The fingerprint is the SHA-256 of header, pixels and labels")
  func fingerprintLayout() {
    let images = LabeledImages(
      name: "x", channels: 1, height: 1, width: 2, classCount: 2, pixels: [9, 8, 7, 6], labels: [1, 0])
    let numbers: [UInt8] = [0, 2, 1, 1, 2, 2]
    let header = numbers.flatMap { [$0] + [UInt8](repeating: 0, count: 7) }

    #expect(images.sha256 == FileFixtures.sha256(header + [9, 8, 7, 6, 1, 0]))
  }
}
