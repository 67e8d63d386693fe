extension Architecture {
  /// Multinomial logistic regression: one score a class.
  public static func logisticRegression(input: ImageShape, classes: Int, bias: Bool = true) -> Architecture {
    Architecture(
      name: "logistic-regression", input: input, outputs: classes,
      layers: [.flatten, .linear("fc", outputs: classes, bias: bias)])
  }

  /// A linear classifier of two classes: one weight vector, whose score's sign decides.
  ///
  /// Starts at zero, where the worst-case objective is defined and convex methods start.
  public static func linearBinary(input: ImageShape, bias: Bool = true) -> Architecture {
    Architecture(
      name: "linear-binary", input: input, outputs: 1,
      layers: [.flatten, .linear("fc", outputs: 1, bias: bias, initialization: .zero)])
  }

  /// Fully connected layers with ReLU between them, named fc1, fc2, ...
  public static func multilayerPerceptron(
    input: ImageShape, classes: Int, hiddenUnits: [Int]
  ) -> Architecture {
    var layers: [Layer] = [.flatten]
    for (index, units) in hiddenUnits.enumerated() {
      layers += [.linear("fc\(index + 1)", outputs: units), .relu]
    }
    layers.append(.linear("fc\(hiddenUnits.count + 1)", outputs: classes))
    return Architecture(name: "mlp", input: input, outputs: classes, layers: layers)
  }
}
