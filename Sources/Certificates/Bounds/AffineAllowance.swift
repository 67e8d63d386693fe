/// What float32 may be off by in the outputs of a layer with weights, by the sums of the magnitudes of their terms.
struct AffineAllowance: Sendable {
  /// Relative to the sum of magnitudes.
  let direct: Double
  /// By output and input channel, where minimal filtering is allowed for and may serve; empty otherwise.
  let filtered: [Double]
  /// Relative to the sum that `filtered` gives.
  let filteredRelative: Double
  /// By output channel, what may be lost below the normal range.
  let underflow: [Double]

  init(
    _ geometry: AffineBounds.Geometry, inputChannels: Int, outputChannels: Int, coversMinimalFiltering: Bool,
    _ magnitude: (_ tap: Int, _ input: Int, _ output: Int) -> Double
  ) {
    let taps = geometry.kernel * geometry.kernel
    let terms = taps * inputChannels
    direct = RoundingAllowance.relative(operations: terms + 1 + RoundingAllowance.spare)
    guard coversMinimalFiltering,
      MinimalFiltering.mayServe(
        kernel: geometry.kernel, stride: geometry.stride, padding: geometry.padding,
        inputChannels: inputChannels)
    else {
      filtered = []
      filteredRelative = 0
      underflow = Array(repeating: Double(2 * terms) * RoundingAllowance.underflow, count: outputChannels)
      return
    }
    filteredRelative = RoundingAllowance.relative(
      operations: MinimalFiltering.operations(channels: inputChannels) + RoundingAllowance.spare)
    let factors = (0..<outputChannels * inputChannels).map { pair in
      let (o, c) = pair.quotientAndRemainder(dividingBy: inputChannels)
      return MinimalFiltering.amplification((0..<taps).map { magnitude($0, c, o) }, kernel: geometry.kernel)
    }
    filtered = factors
    underflow = (0..<outputChannels).map { o in
      let sum = factors[o * inputChannels..<(o + 1) * inputChannels].reduce(0, +)
      return (Double(100 * terms) + sum) * RoundingAllowance.underflow
    }
  }
}
