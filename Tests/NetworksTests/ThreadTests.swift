import Foundation
import Kernels
import Networks
import ReferenceNetworks
import Synchronization
import Tensors
import Testing

@Suite("Threads")
struct ThreadTests {
  static let microbatch = 16
  static let rounds = 4

  /// The bits of everything a session computes for micro-batch `number`.
  private static func work(
    _ session: NetworkSession, _ network: NetworkCase, number: Int
  ) throws -> [UInt32] {
    let images = (0..<microbatch).flatMap { network.image(number * microbatch + $0) }
    let direction = uniformValues(microbatch * session.outputCount, seed: UInt64(number))
    for row in 0..<microbatch { session.samples.pointer[row] = UInt32(number * microbatch + row) }
    let mode = ForwardMode.training(seed: 1, step: 2, pass: 3)
    let result = try session.run(images, direction: direction, mode: mode)
    let gradient = try session.parameterGradient(direction: direction, mode: mode)
    return bits(result.outputs) + bits(result.gradient) + bits(gradient.storage.elements)
  }

  @Test(
    "Two sessions on two threads give the same bits as one",
    arguments: NetworkCase.all.filter { ["lenet", "cnn-small", "cnn-trades"].contains($0.architecture.name) })
  func twoThreads(_ network: NetworkCase) throws {
    let compiled = try CompiledNetwork(network.architecture, microbatch: Self.microbatch)
    try compiled.load(network.parameters())
    let alone = try compiled.makeSession()
    let expected = try (0..<2 * Self.rounds).map { try Self.work(alone, network, number: $0) }

    let found = Mutex<[Int: [UInt32]]>([:])
    let finished = DispatchSemaphore(value: 0)
    for index in 0..<2 {
      let thread = Thread {
        defer { finished.signal() }
        OneDNN.useOneThread()
        guard let session = try? compiled.makeSession() else { return }
        for round in 0..<Self.rounds {
          let number = 2 * round + index
          guard let bits = try? Self.work(session, network, number: number) else { return }
          found.withLock { $0[number] = bits }
        }
      }
      thread.start()
    }
    for _ in 0..<2 { finished.wait() }

    let results = found.withLock { $0 }
    for number in expected.indices {
      #expect(results[number] == expected[number], "micro-batch \(number)")
    }
  }
}
