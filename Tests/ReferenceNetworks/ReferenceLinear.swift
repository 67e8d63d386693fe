/// A fully connected layer of one sample in Double; weights are [out, in].
public struct ReferenceLinear: Sendable {
  /// The values that come in.
  public var inputs: Int
  /// The values that go out.
  public var outputs: Int

  /// Creates a layer.
  public init(inputs: Int, outputs: Int) {
    self.inputs = inputs
    self.outputs = outputs
  }

  /// The output; an empty bias stands for none.
  public func forward(_ input: [Double], weights: [Double], bias: [Double]) -> [Double] {
    (0..<outputs).map { o in
      var sum = bias.isEmpty ? 0 : bias[o]
      for i in 0..<inputs { sum += weights[o * inputs + i] * input[i] }
      return sum
    }
  }

  /// The gradient by the input, given that by the output.
  public func inputGradient(_ outputGradient: [Double], weights: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: inputs)
    for o in 0..<outputs {
      for i in 0..<inputs { gradient[i] += weights[o * inputs + i] * outputGradient[o] }
    }
    return gradient
  }

  /// The gradient by weights and bias, given that by the output.
  public func parameterGradient(
    _ input: [Double], outputGradient: [Double]
  ) -> (weights: [Double], bias: [Double]) {
    var weights = [Double](repeating: 0, count: inputs * outputs)
    for o in 0..<outputs {
      for i in 0..<inputs { weights[o * inputs + i] = outputGradient[o] * input[i] }
    }
    return (weights, outputGradient)
  }
}
