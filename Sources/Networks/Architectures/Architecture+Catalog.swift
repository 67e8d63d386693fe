extension Architecture {
  /// The names that `named` knows, beside those of residual networks.
  public static let names = [
    "logistic-regression", "linear-binary", "mlp", "lenet", "cnn-small", "cnn-madry", "cnn-trades",
    "cnn-ibp-small", "cnn-ibp-medium", "cnn-ibp-large",
  ]

  /// The names of residual networks: wrn-D-W is there for every depth D = 6 n + 4 and every width W.
  public static let residualNames = ["preact-resnet18", "wrn-28-10", "wrn-34-10"]

  /// All names, for messages.
  public static var nameList: String {
    (names + residualNames).joined(separator: ", ") + ", and other wrn-D-W"
  }

  /// Builds an architecture for images of a shape.
  ///
  /// - Parameters:
  ///   - name: One of `names`.
  ///   - input: The images' shape.
  ///   - classes: The number of classes; linear-binary has one output whatever it is.
  ///   - hiddenUnits: The widths of an mlp's hidden layers.
  ///   - bias: Whether linear-binary and logistic-regression have a bias.
  ///   - activation: What follows the normalizations of a residual network: relu or swish.
  /// - Returns: Nil for an unknown name.
  public static func named(
    _ name: String, input: ImageShape, classes: Int, hiddenUnits: [Int] = [100], bias: Bool = true,
    activation: Layer = .relu
  ) -> Architecture? {
    if let (depth, width) = wideResNetExtents(name) {
      return wideResNet(depth: depth, width: width, input: input, classes: classes, activation: activation)
    }
    return switch name {
    case "preact-resnet18": preActivationResNet18(input: input, classes: classes, activation: activation)
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

  /// The same network behind a normalization of its images' channels.
  public func normalizing(means: [Float], deviations: [Float]) -> Architecture {
    Architecture(
      name: name, input: input, outputs: outputs,
      layers: [.normalization(means: means, deviations: deviations)] + layers)
  }
}
