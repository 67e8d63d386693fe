/// The time of a training step by the number of ranks: compute, latency and bandwidth.
///
///     seconds = perMicrobatch x w + perStep + 2 (R - 1) latency + 2 S (R - 1) / R secondsPerByte
///
/// w is the micro-batches that the busiest thread computes one after the other, times the threads that share a CPU; S is
/// the bytes of a gradient. The reduction is an all-to-all of slices and an all-gather, R - 1 messages of S / R bytes
/// each (Thakur, Rabenseifner and Gropp, "Optimization of collective communication operations in MPICH", 2005); ranks
/// that share memory are faster than that. Waiting, noise and a network's contention are not in it.
public struct ScalingModel: Codable, Sendable, Equatable {
  /// The seconds of a thread for a micro-batch: attack and gradient.
  public var perMicrobatch: Double
  /// The seconds of a step that no number of ranks changes: the update.
  public var perStep: Double
  /// The seconds of a message besides its bytes, on the machine that was measured.
  public var latency: Double
  /// The seconds of a byte there.
  public var secondsPerByte: Double

  /// Creates a model.
  public init(perMicrobatch: Double, perStep: Double, latency: Double, secondsPerByte: Double) {
    self.perMicrobatch = perMicrobatch
    self.perStep = perStep
    self.latency = latency
    self.secondsPerByte = secondsPerByte
  }

  /// What a step is, apart from the ranks.
  public struct Workload: Sendable {
    /// The samples of a micro-batch.
    public var microbatch: Int
    /// The threads of each rank.
    public var threads: Int
    /// The bytes of a gradient.
    public var gradientBytes: Double

    /// Creates a workload.
    public init(microbatch: Int, threads: Int, gradientBytes: Double) {
      self.microbatch = microbatch
      self.threads = threads
      self.gradientBytes = gradientBytes
    }

    /// The micro-batches that the busiest thread computes one after the other.
    ///
    /// - Parameter cpus: The CPUs that all ranks share; nil where every thread has one of its own.
    func rounds(ranks: Int, batch: Int, cpus: Int?) -> Double {
      let microbatches = (batch + microbatch - 1) / microbatch
      let ofRank = (microbatches + ranks - 1) / ranks
      let rounds = Double((ofRank + threads - 1) / threads)
      guard let cpus else { return rounds }
      // Threads without work leave their CPU to others.
      let busy = min(ranks * threads, microbatches)
      return rounds * max(1, Double(busy) / Double(cpus))
    }
  }

  /// The seconds of a reduction by messages.
  public static func reductionSeconds(
    ranks: Int, bytes: Double, latency: Double, secondsPerByte: Double
  ) -> Double {
    let others = Double(ranks - 1)
    return 2 * others * latency + 2 * bytes * others / Double(ranks) * secondsPerByte
  }

  /// The seconds of a step.
  ///
  /// - Parameters:
  ///   - network: What is between the ranks; nil for the machine that was measured.
  ///   - cpus: The CPUs that all ranks share; nil where every thread has one of its own.
  public func seconds(
    ranks: Int, batch: Int, of workload: Workload, network: ScalingRecord.Network? = nil, cpus: Int? = nil
  ) -> Double {
    perMicrobatch * workload.rounds(ranks: ranks, batch: batch, cpus: cpus) + perStep
      + Self.reductionSeconds(
        ranks: ranks, bytes: workload.gradientBytes, latency: network?.latency ?? latency,
        secondsPerByte: network?.secondsPerByte ?? secondsPerByte)
  }

  /// Fits the model to measurements: first latency and bandwidth to the reductions, then the rest to the steps.
  ///
  /// Both are least squares of relative errors, with no value below 0.
  ///
  /// - Returns: Nil where there are no steps.
  public init?(
    steps: [ScalingRecord.Step], reductions: [ScalingRecord.Reduction], of workload: Workload, cpus: Int
  ) {
    guard !steps.isEmpty else { return nil }
    let (latency, secondsPerByte) = Self.fit(
      reductions.filter { $0.ranks > 1 && $0.seconds > 0 }.map { reduction in
        let others = Double(reduction.ranks - 1)
        return (2 * others, 2 * reduction.bytes * others / Double(reduction.ranks), reduction.seconds)
      })
    let (perMicrobatch, perStep) = Self.fit(
      steps.filter { $0.seconds > 0 }.map { step in
        let reduction = Self.reductionSeconds(
          ranks: step.ranks, bytes: workload.gradientBytes, latency: latency, secondsPerByte: secondsPerByte)
        let rounds = workload.rounds(ranks: step.ranks, batch: step.batch, cpus: cpus)
        return (rounds, 1, max(step.seconds - reduction, 0.01 * step.seconds))
      })
    self.init(
      perMicrobatch: perMicrobatch, perStep: perStep, latency: latency, secondsPerByte: secondsPerByte)
  }

  /// The a and b, neither below 0, for which a x + b y is nearest to z, in relative errors.
  package static func fit(_ points: [(x: Double, y: Double, z: Double)]) -> (Double, Double) {
    var (xx, xy, yy, xz, yz) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for point in points where point.z > 0 {
      let (x, y) = (point.x / point.z, point.y / point.z)
      xx += x * x
      xy += x * y
      yy += y * y
      xz += x
      yz += y
    }
    let determinant = xx * yy - xy * xy
    if determinant > 1e-12 * xx * yy {
      let (a, b) = ((xz * yy - yz * xy) / determinant, (yz * xx - xz * xy) / determinant)
      if a >= 0 && b >= 0 { return (a, b) }
    }
    // One of them alone, the better of the two.
    let (a, b) = (xx > 0 ? xz / xx : 0, yy > 0 ? yz / yy : 0)
    return a * xz >= b * yz ? (a, 0) : (0, b)
  }

  /// What the model says of powers of two of ranks, each with CPUs of its own, on this machine's memory and on usual
  /// networks.
  ///
  /// - Parameters:
  ///   - batch: The batch of strong scaling, and each rank's share of it in weak scaling.
  ///   - ranks: The most ranks.
  public func predictions(
    of workload: Workload, batch: Int, upTo ranks: Int = 1024,
    networks: [ScalingRecord.Network] = ScalingRecord.Network.usual
  ) -> [ScalingRecord.Prediction] {
    let own = ScalingRecord.Network(
      name: "as measured here", latency: latency, secondsPerByte: secondsPerByte)
    let counts = Array(sequence(first: 1) { $0 * 2 <= ranks ? $0 * 2 : nil })
    return ([own] + networks).flatMap { network in
      ScalingRecord.Mode.allCases.flatMap { mode in
        counts.map { count in
          let samples = mode == .strong ? batch : batch * count
          let one = self.seconds(ranks: 1, batch: batch, of: workload, network: network)
          let seconds = self.seconds(ranks: count, batch: samples, of: workload, network: network)
          let gain = Double(samples) / seconds / (Double(batch) / one)
          return ScalingRecord.Prediction(
            network: network.name, mode: mode, ranks: count, batch: samples, seconds: seconds,
            efficiency: gain / Double(count))
        }
      }
    }
  }
}
