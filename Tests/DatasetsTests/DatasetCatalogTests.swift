import Datasets
import Foundation
import TestSupport
import Testing

@Suite("The catalog")
struct DatasetCatalogTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A catalog that knows of nothing outside the test's folder.
  func catalog(
    _ environment: [String: String] = [:], executable: String? = nil, sourceFolder: String = "/nonexistent"
  ) -> DatasetCatalog {
    var environment = environment
    environment["HOME"] = folder.path + "/home"
    return DatasetCatalog(environment: environment, executable: executable, sourceFolder: sourceFolder)
  }

  func writeIDX(_ place: String, dotted: Bool = false, suffix: String = "") throws {
    let dot = dotted ? "." : "-"
    for (name, bytes) in [
      ("train-images\(dot)idx3-ubyte", FileFixtures.images(count: 3)),
      ("train-labels\(dot)idx1-ubyte", FileFixtures.labels([0, 1, 2])),
      ("t10k-images\(dot)idx3-ubyte", FileFixtures.images(count: 2)),
      ("t10k-labels\(dot)idx1-ubyte", FileFixtures.labels([8, 9])),
    ] {
      let bytes = suffix == ".gz" ? FileFixtures.gzip(bytes) : bytes
      try folder.put(bytes, "\(place)/\(name)\(suffix)")
    }
  }

  @Test("The embedded digits load with the process's own environment and are the published ones")
  func embeddedDigits() throws {
    var environment = ProcessInfo.processInfo.environment
    environment["HOLDFAST_DATA"] = nil
    let dataset = try DatasetCatalog(environment: environment).load(.mnist5k)
    let description = DatasetDescription(dataset)

    #expect(dataset.files.allSatisfy { $0.verdict == .matches })
    #expect(dataset.warnings.isEmpty)
    #expect(description.train.shape == [1, 28, 28])
    #expect(description.train.classCounts == [Int](repeating: 400, count: 10))
    #expect(description.test.classCounts == [Int](repeating: 100, count: 10))
    #expect(description.train.minimum == 0 && description.train.maximum == 1)
    // MNIST's own are 0.1307 and 0.3081.
    #expect(abs(description.train.mean[0] - 0.1311) < 1e-4)
    #expect(abs(description.train.standardDeviation[0] - 0.3083) < 1e-4)
    #expect(dataset.train.labels.prefix(10) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  }

  @Test("The embedded digits share no image between training and test")
  func embeddedSplitsAreDisjoint() throws {
    let dataset = try DatasetCatalog().load(.mnist5k)
    let train = Set((0..<dataset.train.count).map { dataset.train.image(at: $0) })

    #expect(train.count == 4_000)
    #expect((0..<dataset.test.count).allSatisfy { !train.contains(dataset.test.image(at: $0)) })
  }

  @Test(
    "The embedded digits are found beside the executable, in a share folder, and in the build folder",
    arguments: [
      "bin/holdfast_Datasets.resources", "share/holdfast", "Sources/Datasets/Resources", "source/Resources",
    ])
  func embeddedPlaces(place: String) throws {
    try writeIDX("\(place)/mnist-5k")
    let catalog = catalog(
      executable: folder.path + "/bin/holdfast", sourceFolder: folder.path + "/source")

    let dataset = try catalog.load(.mnist5k)

    #expect(dataset.files[0].path.hasPrefix("\(folder.path)/\(place)/"))
    #expect(dataset.warnings.count == 4)
  }

  @Test("$HOLDFAST_DATA comes before every other place, the user's cache after it")
  func searchOrder() throws {
    let catalog = catalog(
      ["HOLDFAST_DATA": folder.path + "/data"], executable: folder.path + "/bin/holdfast")
    for place in ["bin/holdfast_Datasets.resources", "home/.cache/holdfast", "data"] {
      try writeIDX("\(place)/mnist-5k")
      #expect(try catalog.load(.mnist5k).files[0].path.hasPrefix("\(folder.path)/\(place)/"))
    }
  }

  @Test("Where nothing is found, the error names the places and the command that helps")
  func nothingFound() throws {
    for name in [DatasetName.mnist5k, .mnist, .fashionMNIST, .cifar10, .cifar100] {
      let catalog = catalog(["HOLDFAST_DATA": folder.path + "/data", "XDG_CACHE_HOME": ""])
      let error = try #require(try datasetError { _ = try catalog.load(name) })
      #expect(error.kind == .missing)
      #expect(error.description.contains("\(folder.path)/data/\(name.rawValue)"))
      #expect(error.description.contains("\(folder.path)/home/.cache/holdfast/\(name.rawValue)"))
      #expect(name == .mnist5k || error.description.contains("holdfast data fetch \(name.rawValue)"))
    }
  }

  @Test("A folder given by the user is the only place looked at")
  func explicitPath() throws {
    try writeIDX("data/mnist")
    let catalog = catalog(["HOLDFAST_DATA": folder.path + "/data"])

    let absent = try #require(
      try datasetError { _ = try catalog.load(.mnist, path: folder.path + "/absent") })
    try folder.put("", "empty/other")
    let empty = try #require(
      try datasetError { _ = try catalog.load(.mnist, path: folder.path + "/empty") })

    #expect(absent.kind == .missing && absent.description.contains("/absent"))
    #expect(empty.kind == .missing && empty.description.contains("train-images-idx3-ubyte"))
    #expect(try catalog.load(.mnist, path: folder.path + "/data/mnist").train.count == 3)
  }

  @Test(
    "Files may be plain or gzip, with either spelling of their names", arguments: ["", ".gz"], [false, true])
  func spellings(suffix: String, dotted: Bool) throws {
    try writeIDX("set", dotted: dotted, suffix: suffix)

    let dataset = try catalog().load(.mnist, path: folder.path + "/set")

    #expect(dataset.train.labels == [0, 1, 2] && dataset.test.labels == [8, 9])
  }

  @Test("One missing file is named")
  func oneMissing() throws {
    try writeIDX("set")
    try FileManager.default.removeItem(atPath: folder.path + "/set/t10k-labels-idx1-ubyte")

    let error = try #require(try datasetError { _ = try catalog().load(.mnist, path: folder.path + "/set") })

    #expect(error.kind == .missing && error.reason.hasPrefix("t10k-labels-idx1-ubyte"))
  }

  @Test("Training and test images of different sizes are refused")
  func shapesDiffer() throws {
    try writeIDX("set")
    try folder.put(FileFixtures.images(count: 2, height: 4), "set/t10k-images-idx3-ubyte")

    let error = try #require(try datasetError { _ = try catalog().load(.mnist, path: folder.path + "/set") })

    #expect(error.kind == .malformed && error.description.contains("4 x 3"))
  }

  @Test("Data that are not the published ones load with a warning, and verify says so")
  func foreignData() throws {
    try writeIDX("set")
    let path = folder.path + "/set"

    let dataset = try catalog().load(.mnist, path: path)
    let verification = try catalog().verify(.mnist, path: path)

    #expect(dataset.warnings.count == 4)
    #expect(dataset.warnings[0].contains("train-images-idx3-ubyte is not the published mnist file"))
    #expect(!verification.isIntact)
    #expect(verification.description.contains("NOT the published file"))
    #expect(verification.files.map(\.sha256)[1] == FileFixtures.sha256(FileFixtures.labels([0, 1, 2])))
  }

  @Test("A set whose contents have no published checksum is neither right nor wrong")
  func unknownChecksum() throws {
    try writeIDX("set", suffix: ".gz")

    let verification = try catalog().verify(.fashionMNIST, path: folder.path + "/set")

    #expect(verification.isIntact && verification.files.allSatisfy { $0.verdict == .unknown })
  }

  @Test("CIFAR-10 takes the batches that are there, in their order, also in the archive's own folder")
  func cifar() throws {
    try folder.put(FileFixtures.cifar([3, 4]), "set/cifar-10-batches-bin/data_batch_4.bin")
    try folder.put(FileFixtures.cifar([1]), "set/cifar-10-batches-bin/data_batch_2.bin")
    try folder.put(
      FileFixtures.gzip(FileFixtures.cifar([4, 3])), "set/cifar-10-batches-bin/test_batch.bin.gz")

    let dataset = try catalog().load(.cifar10, path: folder.path + "/set")

    #expect(dataset.train.labels == [1, 3, 4] && dataset.test.labels == [4, 3])
    #expect(dataset.files.count == 3 && dataset.warnings.count == 4)
    let missing = ["data_batch_1.bin", "data_batch_3.bin", "data_batch_5.bin"]
    #expect(dataset.missingFiles == missing)
    #expect(dataset.warnings[3].hasPrefix("cifar10 lacks " + missing.joined(separator: ", ")))
    #expect(try dataset.selecting(classes: [3, 4]).missingFiles == missing)
    let verification = try catalog().verify(.cifar10, path: folder.path + "/set")
    #expect(verification.missingFiles == missing)
    for name in missing { #expect(verification.description.contains("\(name): MISSING")) }
  }

  @Test("What could be done without is no part of intact data, even where no file differs")
  func incomplete() throws {
    func verification(_ missing: String) throws -> DatasetVerification {
      let file = #"{"path":"p","byteCount":1,"sha256":"s","expected":"s","verdict":"matches"}"#
      let text = #"{"name":"cifar10","files":[\#(file)],"missingFiles":[\#(missing)]}"#
      return try JSONDecoder().decode(DatasetVerification.self, from: Data(text.utf8))
    }
    let whole = try verification("")
    let part = try verification(#""data_batch_5.bin""#)

    #expect(whole.isIntact && !whole.description.contains("MISSING"))
    #expect(!part.isIntact && part.description.contains("data_batch_5.bin: MISSING"))
    #expect(part.description.contains("not all there"))
  }

  @Test("CIFAR-100 takes its two files, also in the archive's own folder, and learns the fine labels")
  func cifar100() throws {
    try folder.put(FileFixtures.cifar100([(3, 40), (19, 99)]), "set/cifar-100-binary/train.bin")
    try folder.put(FileFixtures.gzip(FileFixtures.cifar100([(0, 7)])), "set/cifar-100-binary/test.bin.gz")

    let dataset = try catalog().load(.cifar100, path: folder.path + "/set")
    let verification = try catalog().verify(.cifar100, path: folder.path + "/set")

    #expect(dataset.train.labels == [40, 99] && dataset.test.labels == [7])
    #expect(dataset.train.classCount == 100 && dataset.test.imageShape == [3, 32, 32])
    #expect(!verification.isIntact && verification.files.allSatisfy { $0.verdict == .differs })
    #expect(verification.missingFiles.isEmpty)
  }

  @Test("CIFAR-100 without one of its files names it", arguments: ["train.bin", "test.bin"])
  func cifar100Missing(name: String) throws {
    let other = name == "train.bin" ? "test.bin" : "train.bin"
    try folder.put(FileFixtures.cifar100([(1, 2)]), "set/\(other)")

    let error = try #require(
      try datasetError { _ = try catalog().load(.cifar100, path: folder.path + "/set") })

    #expect(error.kind == .missing && error.reason.hasPrefix(name), "\(error)")
  }

  @Test("CIFAR-10 without a training batch or without the test batch is refused")
  func cifarMissing() throws {
    let batch = try folder.put(FileFixtures.cifar([3]), "a/data_batch_1.bin")
    try folder.put(FileFixtures.cifar([3]), "b/test_batch.bin")

    for (place, name) in [("a", "test_batch.bin"), ("b", "data_batch_1.bin")] {
      let error = try #require(
        try datasetError { _ = try catalog().load(.cifar10, path: "\(folder.path)/\(place)") })
      #expect(error.kind == .missing && error.reason.hasPrefix(name), "\(error)")
    }
    let file = try #require(try datasetError { _ = try catalog().load(.cifar10, path: batch) })
    #expect(file.kind == .missing)
  }

  @Test("Names are found as written, and an unknown one is answered with the list")
  func names() throws {
    #expect(try DatasetName(named: "fashion-mnist") == .fashionMNIST)
    let error = try #require(try datasetError { _ = try DatasetName(named: "MNIST") })

    #expect(error.kind == .usage)
    #expect(error.description.contains("mnist-5k, mnist, fashion-mnist, cifar10, cifar100, synthetic"))
  }

  @Test("Synthetic data need no files and take no folder")
  func synthetic() throws {
    var parameters = SyntheticImages()
    parameters.trainCount = 10
    parameters.testCount = 5

    #expect(try catalog().load(.synthetic, synthetic: parameters).test.count == 5)
    #expect(try catalog().verify(.synthetic).files.isEmpty)
    #expect(try datasetError { _ = try catalog().load(.synthetic, path: folder.path) }?.kind == .usage)
  }
}
