import Datasets
import Foundation
import TestSupport
import Testing

@Suite("Which data sets are there")
struct DatasetAvailabilityTests {
  let folder: TemporaryFolder
  let catalog: DatasetCatalog

  init() throws {
    folder = try TemporaryFolder()
    catalog = DatasetCatalog(
      environment: ["HOLDFAST_DATA": folder.path, "HOME": folder.path], executable: nil,
      sourceFolder: "/nonexistent")
  }

  @Test("Four files make MNIST, fewer a part of it, and none say where they would be")
  func mnist() throws {
    #expect(
      catalog.availability(of: .mnist)
        == .absent([folder.path + "/mnist", folder.path + "/.cache/holdfast/mnist"]))

    for name in ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte", "t10k-images.idx3-ubyte"] {
      try folder.put("", "mnist/\(name)")
    }
    #expect(
      catalog.availability(of: .mnist)
        == .incomplete(folder.path + "/mnist", missing: ["t10k-labels-idx1-ubyte"]))

    try folder.put("", "mnist/t10k-labels-idx1-ubyte")
    #expect(catalog.availability(of: .mnist) == .complete(folder.path + "/mnist"))
  }

  @Test("Any training batch and the test batch make CIFAR-10")
  func cifar() throws {
    let place = folder.path + "/cifar10"
    let batches = (1...5).map { "data_batch_\($0).bin" }
    try folder.put("", "cifar10/test_batch.bin")
    #expect(catalog.availability(of: .cifar10) == .incomplete(place, missing: batches))

    try folder.put("", "cifar10/data_batch_3.bin")
    #expect(catalog.availability(of: .cifar10) == .complete(place))

    try FileManager.default.removeItem(atPath: place + "/test_batch.bin")
    let missing = batches.filter { $0 != "data_batch_3.bin" } + ["test_batch.bin"]
    #expect(catalog.availability(of: .cifar10) == .incomplete(place, missing: missing))
  }

  @Test("Generated data need no files")
  func generated() {
    #expect(catalog.availability(of: .synthetic) == .generated)
  }
}
