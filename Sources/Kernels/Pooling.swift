import CKernels

/// A pooling window moved over the planes of an activation, without padding; rows and columns that no window
/// reaches are left out (floor mode).
public struct Pooling: Equatable, Sendable {
  /// The layout of a sample that comes in.
  public let input: ActivationLayout
  /// The edge of the square window.
  public let window: Int
  /// The distance of two windows.
  public let stride: Int

  /// Creates a pooling.
  ///
  /// - Precondition: the window fits the input, and holds at most 256 elements.
  public init(input: ActivationLayout, window: Int, stride: Int) {
    precondition(window <= input.height && window <= input.width, "the window is larger than the input")
    precondition(window >= 1 && window <= 16 && stride >= 1, "no pooling of \(window) by \(stride)")
    self.input = input
    self.window = window
    self.stride = stride
  }

  /// The layout of a sample that goes out.
  public var output: ActivationLayout {
    ActivationLayout(
      channels: input.channels, height: (input.height - window) / stride + 1,
      width: (input.width - window) / stride + 1, lanes: input.lanes)
  }

  fileprivate var parameters: ckernels_pooling {
    ckernels_pooling(
      height: input.height, width: input.width, out_height: output.height, out_width: output.width,
      window: window, stride: stride, lanes: input.lanes)
  }
}

extension Passes {
  /// The maximum of each window, and which of the window's elements it was.
  public func maxPool(
    _ pooling: Pooling, _ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>,
    argmax: UnsafeMutablePointer<UInt8>, samples: Int
  ) {
    var parameters = pooling.parameters
    table.pointee.max_pool(&parameters, input, output, argmax, samples * pooling.input.planes)
  }

  /// The gradient by the input of `maxPool`.
  public func maxPoolGradient(
    _ pooling: Pooling, outputGradient: UnsafePointer<Float>, argmax: UnsafePointer<UInt8>,
    into inputGradient: UnsafeMutablePointer<Float>, samples: Int
  ) {
    var parameters = pooling.parameters
    table.pointee.max_pool_gradient(
      &parameters, outputGradient, argmax, inputGradient, samples * pooling.input.planes)
  }

  /// The mean of each window.
  public func averagePool(
    _ pooling: Pooling, _ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, samples: Int
  ) {
    var parameters = pooling.parameters
    table.pointee.average_pool(&parameters, input, output, samples * pooling.input.planes)
  }

  /// The gradient by the input of `averagePool`.
  public func averagePoolGradient(
    _ pooling: Pooling, outputGradient: UnsafePointer<Float>,
    into inputGradient: UnsafeMutablePointer<Float>, samples: Int
  ) {
    var parameters = pooling.parameters
    table.pointee.average_pool_gradient(
      &parameters, outputGradient, inputGradient, samples * pooling.input.planes)
  }

  /// Rewrites plain samples as channel-blocked ones.
  public func block(
    _ plain: UnsafePointer<Float>, into blocked: UnsafeMutablePointer<Float>, _ layout: ActivationLayout,
    samples: Int
  ) {
    for sample in 0..<samples {
      table.pointee.block(
        plain + sample * layout.values, blocked + sample * layout.elements, layout.channels,
        layout.height * layout.width, layout.lanes)
    }
  }

  /// Rewrites channel-blocked samples as plain ones, which is also what flattening does.
  public func unblock(
    _ blocked: UnsafePointer<Float>, into plain: UnsafeMutablePointer<Float>, _ layout: ActivationLayout,
    samples: Int
  ) {
    for sample in 0..<samples {
      table.pointee.unblock(
        blocked + sample * layout.elements, plain + sample * layout.values, layout.channels,
        layout.height * layout.width, layout.lanes)
    }
  }
}
