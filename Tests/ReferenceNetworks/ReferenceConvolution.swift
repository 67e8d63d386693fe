/// A convolution of one sample in Double, written as its definition.
///
/// Images are (C, H, W), weights OIHW.
public struct ReferenceConvolution: Sendable {
  /// The channels that come in.
  public var inputChannels: Int
  /// The rows that come in.
  public var height: Int
  /// The columns that come in.
  public var width: Int
  /// The channels that go out.
  public var outputChannels: Int
  /// The edge of the square window.
  public var kernel: Int
  /// The distance of two windows.
  public var stride: Int
  /// The zeros around the image.
  public var padding: Int

  /// Creates a convolution.
  public init(
    inputChannels: Int, height: Int, width: Int, outputChannels: Int, kernel: Int, stride: Int, padding: Int
  ) {
    self.inputChannels = inputChannels
    self.height = height
    self.width = width
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  /// The rows that go out.
  public var outputHeight: Int { (height + 2 * padding - kernel) / stride + 1 }
  /// The columns that go out.
  public var outputWidth: Int { (width + 2 * padding - kernel) / stride + 1 }
  /// The values of a sample that comes in.
  public var inputCount: Int { inputChannels * height * width }
  /// The values of a sample that goes out.
  public var outputCount: Int { outputChannels * outputHeight * outputWidth }
  /// The number of weights.
  public var weightCount: Int { outputChannels * inputChannels * kernel * kernel }

  /// The output.
  public func forward(_ input: [Double], weights: [Double], bias: [Double]) -> [Double] {
    var output = [Double](repeating: 0, count: outputCount)
    for channel in 0..<outputChannels {
      let first = channel * outputHeight * outputWidth
      for i in first..<first + outputHeight * outputWidth { output[i] = bias[channel] }
    }
    forEachTap { o, w, i in output[o] += weights[w] * input[i] }
    return output
  }

  /// The gradient by the input, given that by the output.
  public func inputGradient(_ outputGradient: [Double], weights: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: inputCount)
    forEachTap { o, w, i in gradient[i] += weights[w] * outputGradient[o] }
    return gradient
  }

  /// The gradient by weights and bias, given that by the output.
  public func parameterGradient(
    _ input: [Double], outputGradient: [Double]
  ) -> (weights: [Double], bias: [Double]) {
    var weights = [Double](repeating: 0, count: weightCount)
    forEachTap { o, w, i in weights[w] += outputGradient[o] * input[i] }
    var bias = [Double](repeating: 0, count: outputChannels)
    for (i, gradient) in outputGradient.enumerated() { bias[i / (outputHeight * outputWidth)] += gradient }
    return (weights, bias)
  }

  /// Calls `body` with the indices of output, weight and input for every product of the convolution.
  @inline(__always)
  private func forEachTap(_ body: (_ output: Int, _ weight: Int, _ input: Int) -> Void) {
    for o in 0..<outputChannels {
      for c in 0..<inputChannels {
        for i in 0..<kernel {
          for j in 0..<kernel {
            let weight = ((o * inputChannels + c) * kernel + i) * kernel + j
            for y in 0..<outputHeight {
              let row = y * stride + i - padding
              guard row >= 0 && row < height else { continue }
              for x in 0..<outputWidth {
                let column = x * stride + j - padding
                guard column >= 0 && column < width else { continue }
                body((o * outputHeight + y) * outputWidth + x, weight, (c * height + row) * width + column)
              }
            }
          }
        }
      }
    }
  }
}
