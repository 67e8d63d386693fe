/// Pooling of one (C, H, W) sample in Double, without padding, in floor mode.
public struct ReferencePooling: Sendable {
  /// The channels.
  public var channels: Int
  /// The rows that come in.
  public var height: Int
  /// The columns that come in.
  public var width: Int
  /// The edge of the square window.
  public var window: Int
  /// The distance of two windows.
  public var stride: Int

  /// Creates a pooling.
  public init(channels: Int, height: Int, width: Int, window: Int, stride: Int) {
    self.channels = channels
    self.height = height
    self.width = width
    self.window = window
    self.stride = stride
  }

  /// The rows that go out.
  public var outputHeight: Int { (height - window) / stride + 1 }
  /// The columns that go out.
  public var outputWidth: Int { (width - window) / stride + 1 }
  /// The values of a sample that goes out.
  public var outputCount: Int { channels * outputHeight * outputWidth }

  /// The indices of the inputs of an output's window, row by row.
  public func taps(of output: Int) -> [Int] {
    let x = output % outputWidth * stride
    let y = output / outputWidth % outputHeight * stride
    let c = output / (outputWidth * outputHeight)
    return (0..<window * window).map { k in
      (c * height + y + k / window) * width + x + k % window
    }
  }

  /// The maxima and the index of the input each of them is: the first of equal ones.
  public func maximum(_ input: [Double]) -> (output: [Double], from: [Int]) {
    let from = (0..<outputCount).map { output in
      taps(of: output).reduce(into: -1) { best, tap in
        if best < 0 || input[tap] > input[best] { best = tap }
      }
    }
    return (from.map { input[$0] }, from)
  }

  /// The means.
  public func average(_ input: [Double]) -> [Double] {
    (0..<outputCount).map { output in
      taps(of: output).reduce(0) { $0 + input[$1] } / Double(window * window)
    }
  }

  /// The gradient of the maxima by the input, given which input each is.
  public func maximumGradient(_ outputGradient: [Double], from: [Int]) -> [Double] {
    var gradient = [Double](repeating: 0, count: channels * height * width)
    for (output, input) in from.enumerated() { gradient[input] += outputGradient[output] }
    return gradient
  }

  /// The gradient of the means by the input.
  public func averageGradient(_ outputGradient: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: channels * height * width)
    for (output, value) in outputGradient.enumerated() {
      for tap in taps(of: output) { gradient[tap] += value / Double(window * window) }
    }
    return gradient
  }
}
