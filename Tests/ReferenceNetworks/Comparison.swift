public import Tensors

/// The largest error over the largest magnitude; infinite where a value is not finite.
///
/// - Precondition: there are as many values as expected ones.
@inlinable
public func relativeError(_ values: some Collection<Float>, _ expected: [Double]) -> Double {
  precondition(values.count == expected.count, "\(values.count) values, \(expected.count) expected")
  var error = 0.0
  var magnitude = 0.0
  for (value, right) in zip(values, expected) {
    guard value.isFinite && right.isFinite else { return .infinity }
    error = max(error, abs(Double(value) - right))
    magnitude = max(magnitude, abs(right))
  }
  return magnitude == 0 ? error : error / magnitude
}

/// Values uniform on [-1, 1), the same for the same seed.
public func uniformValues(_ count: Int, seed: UInt64) -> [Float] {
  var stream = RandomStream(RandomIdentity(seed: seed, purpose: .synthetic))
  return (0..<count).map { _ in stream.symmetric() }
}

extension AlignedBuffer where Element == Float {
  /// A buffer that holds `values`.
  public convenience init(_ values: [Float]) {
    self.init(count: values.count)
    _ = elements.update(from: values)
  }
}

/// The bits of float values, for comparisons that tell zeros and NaNs apart.
@inlinable
public func bits(_ values: some Sequence<Float>) -> [UInt32] {
  values.map(\.bitPattern)
}
