import Foundation
import MessagePassing

/// What the threads of all ranks can do at this moment: how fast one of them multiplies and adds alone, and how fast
/// all of them together.
///
/// Guests of a hypervisor see CPUs that are sometimes cores and sometimes hardware threads of one core, and that
/// changes within seconds. A figure of several workers means little without such a probe before and behind it.
struct WorkerProbe: Encodable, Sendable {
  /// The threads of all ranks.
  let workers: Int
  /// The peak of one thread while the others rest, in GFLOP/s.
  let oneThread: Double
  /// The peak of all threads at once, in GFLOP/s.
  let together: Double

  enum CodingKeys: String, CodingKey {
    case workers, cores
    case oneThread = "one_thread_gflops"
    case together = "together_gflops"
  }

  /// How many cores' worth of arithmetic the workers get.
  var cores: Double { together / oneThread }

  /// Whether each worker has a core to itself.
  var hasCoreForEach: Bool { cores > 0.85 * Double(workers) }

  var text: String {
    let verdict = hasCoreForEach ? "a core each" : "NOT a core each"
    return """
      \(fixed(oneThread, 1)) GFLOP/s for one thread, \(fixed(together, 1)) for all \(workers) \
      (\(fixed(cores, 2)) cores: \(verdict))
      """
  }

  /// Measures on all ranks together, for about `seconds` in all.
  static func measure(threads: Int, on communicator: Communicator, seconds: Double = 0.1) throws
    -> WorkerProbe
  {
    try communicator.barrier()
    var alone = 0.0
    // The others sleep meanwhile: waiting for a message would keep their cores busy.
    if communicator.isRoot {
      alone = PeakProbe.rate(seconds: seconds / 2)
    } else {
      Thread.sleep(forTimeInterval: 0.6 * seconds)
    }
    try communicator.barrier()
    let own = PeakProbe.rate(threads: threads, seconds: seconds / 2)
    let ranks = try communicator.allGather(encoding: [Double(threads), own, alone])
    let sums = (0..<3).map { field in ranks.reduce(0) { $0 + $1[field] } }
    return WorkerProbe(workers: Int(sums[0]), oneThread: sums[2], together: sums[1])
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(workers, forKey: .workers)
    try values.encode(oneThread, forKey: .oneThread)
    try values.encode(together, forKey: .together)
    try values.encode(cores, forKey: .cores)
  }
}
