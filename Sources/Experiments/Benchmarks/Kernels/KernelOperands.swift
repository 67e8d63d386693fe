import Kernels
import Tensors

/// The random weights, inputs and gradients of a benchmark, as training sees them.
///
/// Weights are uniform with the variance of Kaiming; inputs are images in [0, 1] or, behind another layer, half
/// zeros; gradients have no zeros of their own.
struct KernelOperands {
  let shape: KernelShape
  let weights: AlignedBuffer<Float>
  let bias: AlignedBuffer<Float>
  let input: AlignedBuffer<Float>
  let outputGradient: AlignedBuffer<Float>

  /// Draws operands for up to `samples` samples.
  init(_ shape: KernelShape, isFirst: Bool, samples: Int) {
    self.shape = shape
    var stream = RandomStream(RandomIdentity(seed: 1, purpose: .synthetic))
    let weightShape = shape.product.weightShape
    let fanIn = weightShape.dropFirst().reduce(1, *)
    let bound = (6 / Float(fanIn)).squareRoot()
    weights = AlignedBuffer(count: weightShape.reduce(1, *))
    for index in 0..<weights.count { weights.pointer[index] = bound * stream.symmetric() }
    bias = AlignedBuffer(count: weightShape[0])
    input = Self.draw(shape.input, samples: samples) {
      isFirst ? stream.uniform() : max(stream.symmetric(), 0)
    }
    outputGradient = Self.draw(shape.output, samples: samples) { stream.symmetric() }
  }

  /// Values in a layout, with zeros in its padding lanes.
  private static func draw(
    _ layout: ActivationLayout, samples: Int, _ value: () -> Float
  ) -> AlignedBuffer<Float> {
    let buffer = AlignedBuffer<Float>(count: samples * layout.elements)
    for sample in 0..<samples {
      let start = buffer.pointer + sample * layout.elements
      for channel in 0..<layout.channels {
        for row in 0..<layout.height {
          for column in 0..<layout.width {
            start[layout.index(channel: channel, row: row, column: column)] = value()
          }
        }
      }
    }
    return buffer
  }
}

extension KernelShape {
  /// The convolution or matrix product alone.
  var product: AffineGeometry {
    switch self {
    case .convolution(let block): block.convolution
    case .dense(let layer): layer.product
    }
  }

  /// The layout of a sample that comes in.
  var input: ActivationLayout {
    switch self {
    case .convolution(let block): block.input
    case .dense(let layer): layer.input
    }
  }

  /// The layout of a sample that goes out.
  var output: ActivationLayout {
    switch self {
    case .convolution(let block): block.output
    case .dense(let layer): .vector(layer.outputs)
    }
  }
}
