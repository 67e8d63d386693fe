/// How float32 may add up an output.
enum SummationOrder: CaseIterable {
  case forward, backward, fused, pairwise
}

extension NaiveBounds {
  /// The outputs for an image in float32, every layer by sums of products: what direct convolutions compute.
  func directOutputs(of image: [Float], _ order: SummationOrder) -> [Float] {
    steps.reduce(image) { input, step in
      switch step {
      case .affine(let matrix, let bias):
        return zip(matrix, bias).map { row, bias in
          let taps = row.indices.filter { row[$0] != 0 }
          return Self.sum(taps.map { (Float(row[$0]), input[$0]) }, Float(bias), order)
        }
      case .relu:
        return input.map { max($0, 0) }
      case .maximum(let taps):
        return taps.map { $0.map { input[$0] }.max() ?? 0 }
      }
    }
  }

  private static func sum(_ terms: [(Float, Float)], _ bias: Float, _ order: SummationOrder) -> Float {
    switch order {
    case .forward: return terms.reduce(bias) { $0 + $1.0 * $1.1 }
    case .backward: return terms.reversed().reduce(0) { $0 + $1.0 * $1.1 } + bias
    case .fused: return terms.reduce(bias) { $0.addingProduct($1.0, $1.1) }
    case .pairwise:
      var sums = terms.map { $0.0 * $0.1 }
      while sums.count > 1 {
        sums = stride(from: 0, to: sums.count, by: 2).map {
          $0 + 1 < sums.count ? sums[$0] + sums[$0 + 1] : sums[$0]
        }
      }
      return (sums.first ?? 0) + bias
    }
  }
}
