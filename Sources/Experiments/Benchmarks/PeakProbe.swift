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
    return PeakProbe(oneThread: alone, twoThreads: rate(threads: 2, seconds: seconds / 2))
  }

  /// The sum of the rates of `threads` threads that run at once, in GFLOP/s.
  ///
  /// They are threads of their own: the system's pools have no more of them than CPUs, and would run the others one
  /// after the other.
  static func rate(threads: Int, seconds: Double) -> Double {
    let total = Mutex(0.0)
    let others = DispatchGroup()
    let start = DispatchSemaphore(value: 0)
    for _ in 1..<max(threads, 1) {
      others.enter()
      let thread = Thread {
        start.wait()
        let rate = rate(seconds: seconds)
        total.withLock { $0 += rate }
        others.leave()
      }
      thread.start()
    }
    for _ in 1..<max(threads, 1) { start.signal() }
    let own = rate(seconds: seconds)
    others.wait()
    return own + total.withLock { $0 }
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
