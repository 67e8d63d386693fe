extension Architecture {
  /// The names that `named` knows.
  public static let names = [
    "logistic-regression", "linear-binary", "mlp", "lenet", "cnn-small", "cnn-madry", "cnn-trades",
    "cnn-ibp-small", "cnn-ibp-medium", "cnn-ibp-large",
  ]

  /// Builds an architecture for images of a shape.
  ///
  /// - Parameters:
  ///   - name: One of `names`.
  ///   - input: The images' shape.
  ///   - classes: The number of classes; linear-binary has one output whatever it is.
  ///   - hiddenUnits: The widths of an mlp's hidden layers.
  ///   - bias: Whether linear-binary and logistic-regression have a bias.
  /// - Returns: Nil for an unknown name.
  public static func named(
    _ name: String, input: ImageShape, classes: Int, hiddenUnits: [Int] = [100], bias: Bool = true
  ) -> Architecture? {
    switch name {
    case "logistic-regression": logisticRegression(input: input, classes: classes, bias: bias)
    case "linear-binary": linearBinary(input: input, bias: bias)
    case "mlp": multilayerPerceptron(input: input, classes: classes, hiddenUnits: hiddenUnits)
    case "lenet": lenet(input: input, classes: classes)
    case "cnn-small": cnnSmall(input: input, classes: classes)
    case "cnn-madry": cnnMadry(input: input, classes: classes)
    case "cnn-trades": cnnTRADES(input: input, classes: classes)
    case "cnn-ibp-small": cnnIBPSmall(input: input, classes: classes)
    case "cnn-ibp-medium": cnnIBPMedium(input: input, classes: classes)
    case "cnn-ibp-large": cnnIBPLarge(input: input, classes: classes)
    default: nil
    }
  }
}
