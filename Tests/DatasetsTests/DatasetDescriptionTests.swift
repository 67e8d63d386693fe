import Datasets
import Foundation
import Testing

@Suite("Descriptions")
struct DatasetDescriptionTests {
  let dataset = Dataset(
    name: "fixture",
    train: LabeledImages(
      name: "fixture train", channels: 2, height: 1, width: 2, classCount: 3,
      pixels: [0, 255, 51, 51, 255, 0, 102, 102], labels: [2, 0]),
    test: LabeledImages(
      name: "fixture test", channels: 2, height: 1, width: 2, classCount: 3, pixels: [], labels: []),
    source: "by hand", files: [])

  @Test("Counts, means and deviations are those computed by hand")
  func numbers() {
    let train = DatasetDescription(dataset).train

    #expect(train.count == 2 && train.shape == [2, 1, 2])
    #expect(train.classCounts == [1, 0, 1])
    #expect(abs(train.mean[0] - 0.5) < 1e-7 && abs(train.mean[1] - 0.3) < 1e-7)
    #expect(abs(train.standardDeviation[0] - 0.5) < 1e-7)
    #expect(abs(train.standardDeviation[1] - 0.1) < 1e-7)
    #expect(train.minimum == 0 && train.maximum == 1)
    #expect(train.sha256 == dataset.train.sha256)
  }

  @Test("An empty split is described without numbers that do not exist")
  func emptySplit() {
    let test = DatasetDescription(dataset).test

    #expect(test.count == 0 && test.mean == [0, 0] && test.minimum == 0 && test.maximum == 0)
  }

  @Test("The text names counts, classes and checksum, and JSON gives the same back")
  func rendering() throws {
    let description = DatasetDescription(dataset)
    let text = description.description

    #expect(text.contains("train: 2 images of 2x1x2, 3 classes"))
    #expect(text.contains("0: 1, 1: 0, 2: 1"))
    #expect(text.contains("mean 0.5000 0.3000, standard deviation 0.5000 0.1000"))
    #expect(text.contains(dataset.train.sha256))
    let json = try JSONEncoder().encode(description)
    #expect(try JSONDecoder().decode(DatasetDescription.self, from: json) == description)
  }

  @Test("A description of two classes names the classes, not the labels")
  func selectedClasses() throws {
    let pair = try dataset.train.selecting(classes: [2, 0])

    #expect(SplitDescription(pair).classes == [2, 0])
    #expect(SplitDescription(pair).classCounts == [1, 1])
  }
}
