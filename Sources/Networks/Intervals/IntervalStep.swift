import Kernels
import Tensors

/// A layer as bounds see it: what is computed on which layouts, for any number of rows.
///
/// Intervals take a row for each sample, backward linear bounds one for each sample and class.
enum IntervalStep {
  /// A convolution, without what follows it.
  case convolution(AffineGeometry, weights: ParameterLayout.Entry, bias: ParameterLayout.Entry?)
  /// A fully connected layer, without what follows it.
  case dense(
    input: ActivationLayout, weights: ParameterLayout.Entry, bias: ParameterLayout.Entry?)
  /// max(x, 0).
  case relu(ActivationLayout)
  /// Maxima over windows.
  case maxPooling(Pooling)
  /// Means over windows.
  case averagePooling(Pooling)
  /// Another order of the same values.
  case layout(from: ActivationLayout, to: ActivationLayout)

  /// The layout of a sample that goes out.
  var output: ActivationLayout {
    switch self {
    case .convolution(let geometry, _, _): geometry.output
    case .dense(_, let weights, _): .vector(weights.shape[0])
    case .relu(let layout): layout
    case .maxPooling(let pooling), .averagePooling(let pooling): pooling.output
    case .layout(_, let to): to
    }
  }

  /// The weights of a layer; nil where it has none.
  var weights: ParameterLayout.Entry? {
    switch self {
    case .convolution(_, let weights, _), .dense(_, let weights, _): weights
    case .relu, .maxPooling, .averagePooling, .layout: nil
    }
  }

  /// The bias of a layer with weights; nil where there is none.
  var bias: ParameterLayout.Entry? {
    switch self {
    case .convolution(_, _, let bias), .dense(_, _, let bias): bias
    case .relu, .maxPooling, .averagePooling, .layout: nil
    }
  }

  /// The layer on values, for so many rows; nil where it is not linear.
  ///
  /// - Parameter biased: Whether a fully connected layer adds its bias; a convolution always does.
  func makeLinearOperation(rows: Int, biased: Bool) throws -> (any Operation)? {
    switch self {
    case .convolution(let geometry, let weights, let bias):
      try WeightedOperation(geometry, batch: rows, weights: weights, bias: bias)
    case .dense(let input, let weights, let bias):
      try WeightedOperation(
        input: input, relu: false, batch: rows, weights: weights, bias: biased ? bias : nil)
    case .averagePooling(let pooling): PoolingOperation(.average, pooling, batch: rows)
    case .layout(let from, let to): LayoutOperation(from: from, to: to)
    case .relu, .maxPooling: nil
    }
  }

  /// The layer on intervals, for so many samples.
  func makeIntervalOperation(samples: Int) throws -> any IntervalOperation {
    switch self {
    case .relu(let layout): return ReLUIntervalOperation(input: layout)
    case .maxPooling(let pooling): return MaxPoolingIntervalOperation(pooling)
    default:
      guard let centres = try makeLinearOperation(rows: samples, biased: true),
        let radii = try makeLinearOperation(rows: samples, biased: false)
      else { preconditionFailure("\(self) is not linear") }
      return LinearIntervalOperation(centres: centres, radii: radii)
    }
  }
}
