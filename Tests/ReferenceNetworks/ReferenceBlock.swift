/// A convolution, ReLU and 2x2 pooling in Double, one after the other as their definitions say.
public struct ReferenceBlock: Sendable {
  /// What a block gives for a batch, samples one behind the other.
  public struct Result: Sendable {
    /// The output behind ReLU and pooling.
    public var output: [Double] = []
    /// The gradient by the input.
    public var inputGradient: [Double] = []
    /// The gradient by the weights, summed over the samples.
    public var weights: [Double]
    /// The gradient by the bias, summed over the samples.
    public var bias: [Double]
  }

  private let convolution: ReferenceConvolution
  private let pooling: ReferencePooling?

  /// Creates a block; `pool` is 1 for no pooling or 2.
  public init(_ convolution: ReferenceConvolution, pool: Int) {
    self.convolution = convolution
    pooling =
      pool == 1
      ? nil
      : ReferencePooling(
        channels: convolution.outputChannels, height: convolution.outputHeight,
        width: convolution.outputWidth, window: pool, stride: pool)
  }

  /// Runs forward and both gradients, given the gradient by the output.
  public func run(
    _ images: [Float], _ outputGradient: [Float], weights: [Float], bias: [Float], batch: Int
  ) -> Result {
    let weights = weights.map(Double.init)
    let bias = bias.map(Double.init)
    var result = Result(
      weights: weights.map { _ in 0 }, bias: bias.map { _ in 0 })
    let outputs = outputGradient.count / batch
    for sample in 0..<batch {
      let image = images[sample * convolution.inputCount..<(sample + 1) * convolution.inputCount].map(
        Double.init)
      let gradient = outputGradient[sample * outputs..<(sample + 1) * outputs].map(Double.init)
      let middle = convolution.forward(image, weights: weights, bias: bias)
      let rectified = middle.map { max($0, 0) }
      var middleGradient = gradient
      if let pooling {
        let (maxima, from) = pooling.maximum(rectified)
        result.output += maxima
        middleGradient = pooling.maximumGradient(gradient, from: from)
      } else {
        result.output += rectified
      }
      for (i, value) in middle.enumerated() where value <= 0 { middleGradient[i] = 0 }
      result.inputGradient += convolution.inputGradient(middleGradient, weights: weights)
      let parameters = convolution.parameterGradient(image, outputGradient: middleGradient)
      for (i, value) in parameters.weights.enumerated() { result.weights[i] += value }
      for (i, value) in parameters.bias.enumerated() { result.bias[i] += value }
    }
    return result
  }
}
