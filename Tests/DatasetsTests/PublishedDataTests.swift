import Datasets
import Foundation
import TestSupport
import Testing

private let data = ProcessInfo.processInfo.environment["HOLDFAST_TEST_DATA"]

private let catalog = DatasetCatalog(environment: ["HOLDFAST_DATA": data ?? ""])

private func has(_ name: String) -> Bool {
  guard let data else { return false }
  return FileManager.default.fileExists(atPath: "\(data)/\(name)")
}

@Suite("Published data")
struct PublishedDataTests {
  @Test(
    "MNIST is read whole and has its published checksums",
    .enabled(if: has("mnist"), "$HOLDFAST_TEST_DATA/mnist is not there"))
  func mnist() throws {
    let dataset = try catalog.load(.mnist)
    let verification = try catalog.verify(.mnist)

    #expect(verification.isIntact && verification.files.allSatisfy { $0.verdict == .matches })
    #expect(dataset.train.count == 60_000 && dataset.test.count == 10_000)
    #expect(dataset.train.labels.prefix(5) == [5, 0, 4, 1, 9])
    #expect(dataset.test.labels.prefix(5) == [7, 2, 1, 0, 4])
  }

  @Test(
    "Every embedded digit is an image of MNIST's training set, none of its test set",
    .enabled(if: has("mnist"), "$HOLDFAST_TEST_DATA/mnist is not there"))
  func embeddedDigitsAreMNIST() throws {
    let full = try catalog.load(.mnist)
    let embedded = try catalog.load(.mnist5k)
    func samples(_ images: LabeledImages) -> Set<[Float]> {
      Set((0..<images.count).map { images.image(at: $0) + [Float(images.labels[$0])] })
    }
    let five = samples(embedded.train).union(samples(embedded.test))

    #expect(five.count == 5_000)
    #expect(five.isSubset(of: samples(full.train)))
    #expect(five.isDisjoint(with: samples(full.test)))
  }

  @Test(
    "MNIST is fetched from a mirror, broken transfers and all, and then loads",
    .enabled(if: has("mnist/train-images-idx3-ubyte.gz"), "$HOLDFAST_TEST_DATA/mnist has no .gz files"))
  func fetchMNIST() throws {
    let folder = try TemporaryFolder()
    var behaviour = FileServer.Behaviour(breaks: [1_000_000, 4_000_000])
    for name in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"] {
      let file = URL(fileURLWithPath: "\(data ?? "")/mnist/\(name)-ubyte.gz")
      behaviour.files["/\(name)-ubyte.gz"] = try [UInt8](Data(contentsOf: file))
    }
    let server = try FileServer(behaviour)
    let fetcher = DatasetFetcher(
      mirror: server.url, secondsBetweenAttempts: 0,
      environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"])
    let catalog = DatasetCatalog(environment: ["HOLDFAST_DATA": folder.path])

    let files = try fetcher.fetch(.mnist, into: catalog.downloadFolder(for: .mnist))

    #expect(files.count == 4 && server.requests.count == 6)
    #expect(try catalog.verify(.mnist).isIntact)
  }

  @Test(
    "CIFAR-10 is read, whatever its number of records",
    .enabled(if: has("cifar10"), "$HOLDFAST_TEST_DATA/cifar10 is not there"))
  func cifar() throws {
    let dataset = try catalog.load(.cifar10)

    #expect(dataset.train.imageShape == [3, 32, 32])
    #expect(Set(dataset.train.labels) == Set(0...9) && Set(dataset.test.labels) == Set(0...9))
  }
}
