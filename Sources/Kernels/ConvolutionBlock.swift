import CKernels

/// A convolution with its bias, the ReLU behind it, and 2x2 maximum pooling where there is one: one step from
/// activations to activations.
///
/// ReLU and pooling commute, so it does not matter in which order an architecture names them.
public struct ConvolutionBlock: Equatable, Sendable {
  /// The convolution alone.
  public let convolution: AffineGeometry
  /// 1 for no pooling, 2 for maxima of 2x2 side by side.
  public let pool: Int

  /// Creates a block.
  ///
  /// - Precondition: `convolution` is a convolution.
  public init(_ convolution: AffineGeometry, pool: Int) {
    precondition(convolution.operation != .linear, "a block begins with a convolution")
    precondition(pool == 1 || pool == 2, "pooling of \(pool)")
    self.convolution = convolution
    self.pool = pool
  }

  /// The layout of a sample that comes in.
  public var input: ActivationLayout { convolution.input }
  /// The layout of a sample behind the convolution.
  public var middle: ActivationLayout { convolution.output }
  /// The layout of a sample that goes out.
  public var output: ActivationLayout {
    ActivationLayout(
      channels: middle.channels, height: middle.height / pool, width: middle.width / pool, lanes: middle.lanes
    )
  }

  /// What runs the forward pass.
  public enum Forward: String, Sendable {
    /// oneDNN, and a pass for ReLU and pooling.
    case library
    /// Our own kernel for plain inputs of few channels, all in one pass.
    case direct
    /// Our own minimal filtering for blocked inputs, all in one pass.
    case winograd
  }

  /// What runs the gradient by the input.
  public enum Backward: String, Sendable {
    /// The gradient written out with its zeros, and oneDNN.
    case library
    /// Our own kernel for plain inputs of few channels: filters shifted to the pool's winner.
    case shifted
    /// Our own kernel for plain inputs of few channels: 16 samples side by side.
    case across
    /// Our own kernel for blocked inputs, skipping zeros.
    case sparse
    /// Our own minimal filtering for blocked inputs, where no pooling stands in between.
    case winograd
  }

  /// What runs the gradient by weights and bias.
  public enum ParameterGradient: String, Sendable {
    /// The gradient written out with its zeros, and oneDNN.
    case library
    /// Our own kernel for blocked inputs, skipping zeros.
    case sparse
  }

  /// The forward passes that can serve this shape.
  public var forwardChoices: [Forward] {
    if input.lanes == 1 { return input.channels <= 3 ? [.direct, .library] : [.library] }
    return fitsMinimalFiltering ? [.winograd, .library] : [.library]
  }

  /// The gradient passes that can serve this shape.
  public var backwardChoices: [Backward] {
    if input.lanes > 1 {
      return fitsMinimalFiltering && pool == 1 ? [.winograd, .sparse, .library] : [.sparse, .library]
    }
    var shape = shape
    let shifted: [Backward] = ckernels_first_backward_fits(&shape) != 0 ? [.shifted] : []
    let across: [Backward] = shape.kernel <= 7 && shape.stride <= shape.kernel ? [.across] : []
    // Pooling leaves three of four gradients zero, which the one skips and the other multiplies.
    return (pool == 1 ? across + shifted : shifted + across) + [.library]
  }

  /// The gradients by weights and bias that can serve this shape.
  public var parameterGradientChoices: [ParameterGradient] {
    input.lanes > 1 && (3...5).contains(shape.kernel) ? [.sparse, .library] : [.library]
  }

  private var fitsMinimalFiltering: Bool {
    var shape = shape
    return ckernels_winograd_fits(&shape) != 0
  }

  var shape: ckernels_convolution {
    var shape = convolution.convolutionShape
    (shape.pool, shape.out_height, shape.out_width) = (pool, output.height, output.width)
    return shape
  }
}
