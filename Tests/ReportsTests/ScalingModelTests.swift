import Foundation
import Reports
import Testing

@Suite("The model of scaling")
struct ScalingModelTests {
  private let workload = ScalingModel.Workload(microbatch: 16, threads: 2, gradientBytes: 4e6)
  private let truth = ScalingModel(perMicrobatch: 0.02, perStep: 0.005, latency: 4e-5, secondsPerByte: 2e-10)

  private func steps(cpus: Int) -> [ScalingRecord.Step] {
    [1, 2, 4].flatMap { ranks in
      [(ScalingRecord.Mode.strong, 128), (.weak, 128 * ranks)].map { mode, batch in
        .init(
          mode: mode, ranks: ranks, batch: batch,
          seconds: truth.seconds(ranks: ranks, batch: batch, of: workload, cpus: cpus))
      }
    }
  }

  private var reductions: [ScalingRecord.Reduction] {
    [2, 4].flatMap { ranks in
      [4e3, 5e5, 4e6].map { bytes in
        .init(
          ranks: ranks, bytes: bytes,
          seconds: ScalingModel.reductionSeconds(
            ranks: ranks, bytes: bytes, latency: truth.latency, secondsPerByte: truth.secondsPerByte))
      }
    }
  }

  @Test("Times that follow the model give its own numbers back", arguments: [2, 4, 64])
  func recovers(cpus: Int) throws {
    let fit = try #require(
      ScalingModel(steps: steps(cpus: cpus), reductions: reductions, of: workload, cpus: cpus))
    for (found, expected) in [
      (fit.perMicrobatch, truth.perMicrobatch), (fit.perStep, truth.perStep), (fit.latency, truth.latency),
      (fit.secondsPerByte, truth.secondsPerByte),
    ] {
      #expect(abs(found / expected - 1) < 1e-6)
    }
  }

  @Test("A step is what its parts are, by hand")
  func byHand() {
    // 8 micro-batches on 2 ranks of 2 threads: two rounds; on two CPUs four threads take turns.
    #expect(abs(truth.seconds(ranks: 2, batch: 128, of: workload) - (0.04 + 0.005 + 8e-5 + 8e-4)) < 1e-12)
    #expect(
      abs(truth.seconds(ranks: 2, batch: 128, of: workload, cpus: 2) - (0.08 + 0.005 + 8e-5 + 8e-4)) < 1e-12)
    // More ranks than micro-batches: one round, and messages between all.
    #expect(
      abs(
        truth.seconds(ranks: 16, batch: 128, of: workload)
          - (0.02 + 0.005 + 30 * 4e-5 + 2 * 4e6 * 15 / 16 * 2e-10)) < 1e-12)
    #expect(truth.seconds(ranks: 1, batch: 16, of: workload) == 0.025)
  }

  @Test("No part becomes negative, and points that say nothing lead nowhere")
  func bounds() {
    #expect(ScalingModel.fit([]) == (0, 0))
    // Falling with x: only the constant stays.
    let falling = ScalingModel.fit([(x: 1, y: 1, z: 3), (x: 2, y: 1, z: 2), (x: 3, y: 1, z: 1)])
    #expect(falling.0 == 0 && falling.1 > 0)
    let proportional = ScalingModel.fit([(x: 1, y: 0, z: 3), (x: 2, y: 0, z: 6)])
    #expect(abs(proportional.0 - 3) < 1e-12 && proportional.1 == 0)
    #expect(ScalingModel(steps: [], reductions: [], of: workload, cpus: 1) == nil)
  }

  @Test("Predictions reach the ranks asked for; weak scaling loses to communication alone")
  func predictions() throws {
    let all = truth.predictions(of: workload, batch: 128, upTo: 1024)
    let ranks = all.filter { $0.network == "as measured here" && $0.mode == .weak }
    #expect(ranks.map(\.ranks) == (0...10).map { 1 << $0 })
    #expect(ranks.first?.efficiency == 1)
    let last = try #require(ranks.last)
    #expect(last.batch == 131_072)
    let one = truth.seconds(ranks: 1, batch: 128, of: workload)
    #expect(abs(last.efficiency - one / last.seconds) < 1e-12)
    // A slower network is never better.
    for mode in ScalingRecord.Mode.allCases {
      let fast = all.filter { $0.network == "InfiniBand, 100 Gb/s" && $0.mode == mode }
      let slow = all.filter { $0.network == "Ethernet, 1 Gb/s" && $0.mode == mode }
      #expect(zip(fast, slow).allSatisfy { $0.seconds <= $1.seconds })
    }
    // 128 samples are eight micro-batches, four rounds: nothing is gained behind 4 ranks of 2 threads.
    let strong = all.filter { $0.network == "InfiniBand, 100 Gb/s" && $0.mode == .strong }
    #expect(strong.min { $0.seconds < $1.seconds }?.ranks == 4)
  }

  @Test("A report shows what was measured, the error and the predictions")
  func report() throws {
    let fit = truth
    let record = ScalingRecord(
      model: "cnn-small", method: "pgd-10", microbatch: 16, threads: 2, cpus: 4, gradientBytes: 4e6,
      steps: steps(cpus: 4).map { step in
        var step = step
        step.modelSeconds = 1.25 * step.seconds
        return step
      }, reductions: reductions, fit: fit, predictions: fit.predictions(of: workload, batch: 128))
    let folder = try TemporaryFolder()
    try ReportFile.write(record, to: "\(folder.path)/scaling.json")
    let read = try ReportFile.read(ScalingRecord.self, from: "\(folder.path)/scaling.json")
    #expect(read == record)
    #expect(abs(record.largestError - 0.25) < 1e-12)
    #expect(record.doubt?.contains("up to 25 %") == true)
    var good = record
    good.steps = steps(cpus: 4).map {
      .init(mode: $0.mode, ranks: $0.ranks, batch: $0.batch, seconds: $0.seconds, modelSeconds: $0.seconds)
    }
    #expect(good.doubt == nil)

    let page = PageReader(try RunReport([ReportedRun(name: "a", path: "a")], scaling: read).html())
    #expect(page.problem == nil)
    for text in [
      "Scaling of cnn-small, pgd-10", "off by 25.0 %", "Ethernet, 1 Gb/s", "1024", "Weak scaling",
      "not to be relied on",
    ] {
      #expect(page.text.contains(text), "\(text)")
    }
  }
}
