/// Repeated measurements in three numbers.
struct Spread: Codable, Sendable {
  let median: Double
  let min: Double
  let max: Double

  /// - Precondition: there is a value.
  init(_ values: [Double]) {
    let sorted = values.sorted()
    median = sorted[sorted.count / 2]
    min = sorted[0]
    max = sorted[sorted.count - 1]
  }
}
