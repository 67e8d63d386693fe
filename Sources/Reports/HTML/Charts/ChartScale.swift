import Foundation

/// How values become places along an axis.
struct ChartScale: Sendable {
  /// The values at both ends.
  let range: ClosedRange<Double>
  /// The places of those ends; the second may be less.
  let places: (first: Double, last: Double)
  /// Round values for marks, ascending.
  let ticks: [Double]

  /// A scale from end to end.
  ///
  /// - Parameters:
  ///   - range: The values; widened to round ones where `rounds`.
  ///   - places: The places of both ends.
  ///   - count: About how many marks.
  ///   - rounds: Whether the ends become marks too.
  init(
    _ range: ClosedRange<Double>, places: (first: Double, last: Double), count: Int = 5, rounds: Bool = false
  ) {
    var (low, high) = (range.lowerBound, range.upperBound)
    if !low.isFinite || !high.isFinite { (low, high) = (0, 1) }
    if high <= low {
      let pad = max(abs(low) * 0.5, 0.5)
      (low, high) = (low - pad, high + pad)
    }
    let step = Self.step((high - low) / Double(max(count, 1)))
    if rounds { (low, high) = ((low / step).rounded(.down) * step, (high / step).rounded(.up) * step) }
    self.range = low...high
    self.places = places
    let first = Int((low / step - 1e-9).rounded(.up))
    let last = Int((high / step + 1e-9).rounded(.down))
    ticks = first <= last ? (first...last).map { Double($0) * step } : []
  }

  /// The place of a value; what lies outside is put at the nearer end.
  func callAsFunction(_ value: Double) -> Double {
    let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    return places.first + min(max(share, 0), 1) * (places.last - places.first)
  }

  /// 1, 2 or 5 times a power of ten, at least as large.
  private static func step(_ least: Double) -> Double {
    let power = pow(10, log10(least).rounded(.down))
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= least * (1 - 1e-9) } ?? 10 * power
  }
}
