import Datasets
import Testing

@Suite("Splits and orders")
struct SamplingTests {
  func images(_ count: Int) -> LabeledImages {
    LabeledImages(
      name: "fixture", channels: 1, height: 1, width: 1, classCount: 1,
      pixels: [UInt8](repeating: 0, count: count), labels: [UInt8](repeating: 0, count: count))
  }

  // The literal orders here were computed by a second implementation of Philox, Lemire's bounded integers and
  // Fisher-Yates, in another language.

  @Test("The validation split of twenty samples is the one it has always been")
  func splitIsFixed() throws {
    let split = try images(20).validationSplit(count: 5)

    #expect(split.validation == [0, 2, 8, 16, 17])
    #expect(split.training == [1, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 18, 19])
  }

  @Test("A validation split is a partition, ascending", arguments: [0, 1, 17, 99])
  func splitIsPartition(count: Int) throws {
    let split = try images(100).validationSplit(count: count)

    #expect(split.validation.count == count)
    #expect((split.training + split.validation).sorted() == Array(0..<100))
    #expect(split.training == split.training.sorted())
    #expect(split.validation == split.validation.sorted())
  }

  @Test("A larger validation split contains every smaller one")
  func splitsAreNested() throws {
    let small = try images(100).validationSplit(count: 10)
    let large = try images(100).validationSplit(count: 30)

    #expect(Set(small.validation).isSubset(of: large.validation))
  }

  @Test("A split that leaves nothing to train on is refused", arguments: [-1, 10, 11])
  func impossibleSplit(count: Int) throws {
    let error = try #require(try datasetError { _ = try images(10).validationSplit(count: count) })

    #expect(error.kind == .usage)
    #expect(error.description.contains("\(count)") && error.description.contains("0...9"))
  }

  @Test("An epoch's order is the one it has always been")
  func orderIsFixed() {
    #expect(
      EpochOrder(shuffling: 0..<12, seed: 1, epoch: 0).positions == [7, 10, 8, 11, 9, 2, 5, 1, 3, 0, 4, 6])
    #expect(
      EpochOrder(shuffling: 0..<12, seed: 1, epoch: 1).positions == [11, 6, 4, 3, 8, 2, 9, 5, 0, 10, 7, 1])
    #expect(
      EpochOrder(shuffling: 0..<12, seed: 2, epoch: 0).positions == [1, 0, 4, 8, 9, 3, 11, 7, 6, 2, 10, 5])
  }

  @Test(
    "Batches visit every sample exactly once, and only the last is smaller", arguments: [1, 7, 64, 100, 101])
  func batchesPartition(size: Int) {
    let order = EpochOrder(shuffling: 0..<100, seed: 3, epoch: 4)
    let batches = (0..<order.batchCount(size: size)).map { order.batch($0, size: size) }

    #expect(batches.flatMap { $0 }.sorted() == Array(0..<100))
    #expect(batches.dropLast().allSatisfy { $0.count == size })
    #expect(batches.last.map { (1...size).contains($0.count) } == true)
  }

  @Test("A batch is the same whether or not the ones before were asked for")
  func batchesNeedNoHistory() {
    let whole = EpochOrder(shuffling: 0..<50, seed: 9, epoch: 2)
    let all = (0..<7).flatMap { whole.batch($0, size: 8) }

    #expect(Array(EpochOrder(shuffling: 0..<50, seed: 9, epoch: 2).batch(5, size: 8)) == Array(all[40..<48]))
  }

  @Test("Shuffling given positions permutes exactly those")
  func givenPositions() {
    let positions = [4, 8, 15, 16, 23, 42]
    let order = EpochOrder(shuffling: positions, seed: 1, epoch: 0)

    #expect(order.positions.sorted() == positions)
    #expect(
      order.positions == EpochOrder(shuffling: 0..<6, seed: 1, epoch: 0).positions.map { positions[$0] })
  }

  @Test("No samples make no batches")
  func emptyOrder() {
    #expect(EpochOrder(shuffling: 0..<0, seed: 1, epoch: 0).batchCount(size: 8) == 0)
  }
}
