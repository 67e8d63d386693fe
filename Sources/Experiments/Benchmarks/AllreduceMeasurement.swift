import DataParallel

/// What a benchmark of the gradient reduction found.
struct AllreduceMeasurement: Encodable {
  let ranks: Int
  let elements: Int
  let megabytes: Double
  let repetitions: Int
  let path: String
  /// Why the path is not the best one; nil where it is.
  let warning: String?
  /// Milliseconds until the last rank was done.
  let allreduce: Spread
  let reduction: Spread
  /// The median of the reduction over that of `MPI_Allreduce`; nil on one rank, where neither adds anything.
  let ratio: Double?
  let allreduceGigabytesPerSecond: Double
  let reductionGigabytesPerSecond: Double
  /// Before and behind the measurement, one thread a rank.
  let probes: [WorkerProbe]

  enum CodingKeys: String, CodingKey {
    case ranks, elements, megabytes, repetitions, path, warning, ratio, probes
    case allreduce = "allreduce_ms"
    case reduction = "reduction_ms"
    case allreduceGigabytesPerSecond = "allreduce_gb_per_second"
    case reductionGigabytesPerSecond = "reduction_gb_per_second"
  }

  init(
    elements: Int, ranks: Int, path: ReductionPath?, warning: String?, library: [Double],
    reduction seconds: [Double], probes: [WorkerProbe]
  ) {
    self.probes = probes
    let bytes = Double(elements * MemoryLayout<Float>.size)
    self.ranks = ranks
    self.elements = elements
    self.path = path?.description ?? "none"
    self.warning = warning
    megabytes = bytes / 1e6
    repetitions = seconds.count
    allreduce = Spread(library.map { $0 * 1e3 })
    reduction = Spread(seconds.map { $0 * 1e3 })
    ratio = ranks > 1 ? reduction.median / allreduce.median : nil
    allreduceGigabytesPerSecond = bytes / 1e6 / allreduce.median
    reductionGigabytesPerSecond = bytes / 1e6 / reduction.median
  }

  /// Writes every key, null where there is no warning and, on one rank, no ratio.
  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(ranks, forKey: .ranks)
    try values.encode(elements, forKey: .elements)
    try values.encode(megabytes, forKey: .megabytes)
    try values.encode(repetitions, forKey: .repetitions)
    try values.encode(path, forKey: .path)
    try values.encode(warning, forKey: .warning)
    try values.encode(allreduce, forKey: .allreduce)
    try values.encode(reduction, forKey: .reduction)
    try values.encode(ratio, forKey: .ratio)
    try values.encode(allreduceGigabytesPerSecond, forKey: .allreduceGigabytesPerSecond)
    try values.encode(reductionGigabytesPerSecond, forKey: .reductionGigabytesPerSecond)
    try values.encode(probes, forKey: .probes)
  }

  var text: String {
    """
    \(elements) floats (\(fixed(megabytes, 1)) MB), \(ranks) ranks, \(repetitions) repetitions, by \(path)
      MPI_Allreduce in place   \(line(allreduce, allreduceGigabytesPerSecond))
      gradient reduction       \(line(reduction, reductionGigabytesPerSecond))
      ratio                    \(ratio.map { fixed($0, 2) } ?? "none: one rank adds nothing up")
      peak                     before: \(probes.first?.text ?? "")
                               behind: \(probes.last?.text ?? "")
    """
  }

  private func line(_ spread: Spread, _ rate: Double) -> String {
    "\(fixed(spread.median, 3)) ms (\(fixed(spread.min, 3)) to \(fixed(spread.max, 3))), \(fixed(rate, 1)) GB/s"
  }
}
