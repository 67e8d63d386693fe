import Datasets
import Testing

@Suite("Synthetic data")
struct SyntheticImagesTests {
  func small(_ change: (inout SyntheticImages) -> Void = { _ in }) throws -> Dataset {
    var parameters = SyntheticImages()
    parameters.trainCount = 40
    parameters.testCount = 20
    parameters.channels = 2
    parameters.height = 9
    parameters.width = 8
    parameters.classCount = 4
    change(&parameters)
    return try parameters.makeDataset()
  }

  @Test("Pixels lie in [0, 1], classes are balanced, and the shape is as asked for")
  func basics() throws {
    let dataset = try small()
    let description = DatasetDescription(dataset)

    #expect(dataset.train.count == 40 && dataset.test.count == 20)
    #expect(description.train.shape == [2, 9, 8])
    #expect(description.train.classCounts == [10, 10, 10, 10])
    #expect(description.train.minimum >= 0 && description.train.maximum <= 1)
    #expect(description.train.standardDeviation.allSatisfy { $0 > 0.1 })
  }

  @Test("The data are a function of the seed, and a smaller set begins a larger one")
  func determinism() throws {
    let dataset = try small()

    #expect(try small().train.sha256 == dataset.train.sha256)
    #expect(try small { $0.seed = 1 }.train.sha256 != dataset.train.sha256)
    #expect(try small { $0.trainCount = 80 }.train.prefix(40).sha256 == dataset.train.sha256)
    #expect(dataset.test.sha256 != dataset.train.prefix(20).sha256)
  }

  @Test("A test image is nearest to the mean training image of its own class")
  func classesAreLearnable() throws {
    let dataset = try small()
    var means = [[Float]](repeating: [Float](repeating: 0, count: 144), count: 4)
    for position in 0..<dataset.train.count {
      let label = Int(dataset.train.labels[position])
      means[label] = zip(means[label], dataset.train.image(at: position)).map { $0 + $1 / 10 }
    }

    for position in 0..<dataset.test.count {
      let image = dataset.test.image(at: position)
      let distances = means.map { mean in zip(mean, image).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
      let nearest = distances.indices.min { distances[$0] < distances[$1] }
      #expect(nearest == Int(dataset.test.labels[position]))
    }
  }

  @Test("Two classes make a binary problem")
  func binary() throws {
    let dataset = try small { $0.classCount = 2 }

    #expect(dataset.train.isBinary)
    #expect(dataset.train.labels.prefix(2) == [0, 1])
  }

  @Test("Impossible sizes are refused with the key and the range")
  func impossibleSizes() throws {
    let changes: [(String, (inout SyntheticImages) -> Void)] = [
      ("train", { $0.trainCount = 0 }), ("test", { $0.testCount = -1 }), ("classes", { $0.classCount = 1 }),
      ("classes", { $0.classCount = 257 }), ("height", { $0.height = 0 }), ("noise", { $0.noise = 2 }),
      ("noise", { $0.noise = .nan }), ("limit", { $0.trainCount = 10_000_000 }),
    ]
    for (word, change) in changes {
      let error = try #require(try datasetError { _ = try small(change) })
      #expect(error.kind == .usage && error.description.contains(word), "\(error)")
    }
  }
}
