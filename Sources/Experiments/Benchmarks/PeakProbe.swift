import DataParallel
import Foundation
import Kernels
import Reports
import Synchronization

/// What the CPU can do at this moment: the peak of one thread, and whether two threads have two cores.
///
/// Guests of a hypervisor see CPUs that are sometimes cores and sometimes hardware threads of one core, and that
/// changes within seconds. A figure of two ranks or threads means little without a probe beside it.
struct PeakProbe: Encodable, Sendable {
  /// Multiplications and additions of one thread alone, in GFLOP/s.
  let oneThread: Double
  /// Of two threads at once, together; nil where this process may use one CPU only.
  let twoThreads: Double?

  enum CodingKeys: String, CodingKey {
    case oneThread = "one_thread_gflops"
    case twoThreads = "two_threads_gflops"
    case cores
  }

  /// How many cores the two CPUs are: "two", "one", or "unclear".
  var cores: String {
    guard let twoThreads else { return "one" }
    switch twoThreads / oneThread {
    case 1.67...: return "two"
    case ..<1.31: return "one"
    default: return "unclear"
    }
  }

  /// The probe in words.
  var text: String {
    guard let twoThreads else { return "one CPU" }
    let verdict = ["two": "two cores", "one": "one core"][cores] ?? "between one core and two"
    return "two threads \(fixed(twoThreads, 1)) (\(verdict))"
  }

  /// Measures for about `seconds` in all.
  static func measure(seconds: Double = 0.1) -> PeakProbe {
    let alone = rate(seconds: seconds / 2)
    guard Machine.current().cpus > 1 else { return PeakProbe(oneThread: alone, twoThreads: nil) }
    let other = Mutex(0.0)
    let started = DispatchSemaphore(value: 0)
    let finished = DispatchSemaphore(value: 0)
    let thread = Thread {
      started.signal()
      let rate = rate(seconds: seconds / 2)
      other.withLock { $0 = rate }
      finished.signal()
    }
    thread.start()
    started.wait()
    let own = rate(seconds: seconds / 2)
    finished.wait()
    return PeakProbe(oneThread: alone, twoThreads: own + other.withLock { $0 })
  }

  /// The rate of the calling thread in GFLOP/s: the median over short pieces, which a neighbour's burst does not
  /// change.
  static func rate(seconds: Double) -> Double {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var rates: [Double] = []
    repeat {
      let start = clock.now
      let operations = PeakLoop.run(rounds: 20_000)
      rates.append(operations / (clock.now - start).inSeconds * 1e-9)
    } while clock.now < end
    rates.sort()
    return rates[rates.count / 2]
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(oneThread, forKey: .oneThread)
    try container.encode(twoThreads, forKey: .twoThreads)
    try container.encode(cores, forKey: .cores)
  }
}
