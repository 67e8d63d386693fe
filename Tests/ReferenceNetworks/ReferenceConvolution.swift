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
    output.withUnsafeMutableBufferPointer { output in
      input.withUnsafeBufferPointer { input in
        forEachRow { o, w, i, count in
          let weight = weights[w]
          for x in 0..<count { output[o &+ x] += weight * input[i &+ x &* stride] }
        }
      }
    }
    return output
  }

  /// The gradient by the input, given that by the output.
  public func inputGradient(_ outputGradient: [Double], weights: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: inputCount)
    gradient.withUnsafeMutableBufferPointer { gradient in
      outputGradient.withUnsafeBufferPointer { outputGradient in
        forEachRow { o, w, i, count in
          let weight = weights[w]
          for x in 0..<count { gradient[i &+ x &* stride] += weight * outputGradient[o &+ x] }
        }
      }
    }
    return gradient
  }

  /// The gradient by weights and bias, given that by the output.
  public func parameterGradient(
    _ input: [Double], outputGradient: [Double]
  ) -> (weights: [Double], bias: [Double]) {
    var weights = [Double](repeating: 0, count: weightCount)
    input.withUnsafeBufferPointer { input in
      outputGradient.withUnsafeBufferPointer { outputGradient in
        forEachRow { o, w, i, count in
          var sum = 0.0
          for x in 0..<count { sum += outputGradient[o &+ x] * input[i &+ x &* stride] }
          weights[w] += sum
        }
      }
    }
    var bias = [Double](repeating: 0, count: outputChannels)
    for (i, gradient) in outputGradient.enumerated() { bias[i / (outputHeight * outputWidth)] += gradient }
    return (weights, bias)
  }

  /// Calls `body` for the products of every weight with a row of the image: with the index of the first output, that
  /// of the weight, that of the first input, and their number.
  ///
  /// Outputs lie side by side, inputs `stride` apart. What would come from the padding is left out.
  @inline(__always)
  private func forEachRow(_ body: (_ output: Int, _ weight: Int, _ input: Int, _ count: Int) -> Void) {
    let (outputHeight, outputWidth) = (outputHeight, outputWidth)
    for o in 0..<outputChannels {
      for c in 0..<inputChannels {
        for i in 0..<kernel {
          for j in 0..<kernel {
            let weight = ((o * inputChannels + c) * kernel + i) * kernel + j
            // The columns whose tap is inside the image: 0 <= x * stride + j - padding < width.
            let first = max(0, padding - j + stride - 1) / stride
            let end = min(outputWidth, max(0, width + padding - j + stride - 1) / stride)
            guard first < end else { continue }
            for y in 0..<outputHeight {
              let row = y * stride + i - padding
              guard row >= 0 && row < height else { continue }
              body(
                (o * outputHeight + y) * outputWidth + first, weight,
                (c * height + row) * width + first * stride + j - padding, end - first)
            }
          }
        }
      }
    }
  }
}
