/// Which network (section `model`).
public struct ModelConfiguration: Codable, Equatable, Sendable {
  /// The architectures there are; input sizes and the number of classes come from the data.
  public enum Name: String, Codable, ConfigurationChoice {
    /// One linear layer and softmax.
    case logisticRegression = "logistic-regression"
    /// One weight vector and a margin loss, for two classes.
    case linearBinary = "linear-binary"
    /// Fully connected layers with ReLU.
    case mlp
    /// Two 5x5 convolutions with dropout, the network of the exercise.
    case lenet
    /// Two strided 4x4 convolutions (Wong et al. 2020).
    case cnnSmall = "cnn-small"
    /// Two 5x5 convolutions and 1024 hidden units (Madry et al. 2018).
    case cnnMadry = "cnn-madry"
    /// Four 3x3 convolutions (Zhang et al. 2019, TRADES).
    case cnnTrades = "cnn-trades"
    /// The pre-activation residual network of 18 layers (He et al. 2016).
    case preactResNet18 = "preact-resnet18"
    /// Wide residual networks of any depth and width, which names such as wrn-28-10 say (Zagoruyko and Komodakis 2016).
    case wideResNet = "wrn"
    /// Two convolutions without padding (Gowal et al. 2018).
    case cnnIBPSmall = "cnn-ibp-small"
    /// Four convolutions without padding (Gowal et al. 2018).
    case cnnIBPMedium = "cnn-ibp-medium"
    /// Five padded 3x3 convolutions (Gowal et al. 2018).
    case cnnIBPLarge = "cnn-ibp-large"

    /// Whether the scores are linear in the input, so that worst cases have a closed form.
    public var isLinear: Bool { self == .logisticRegression || self == .linearBinary }
    /// Whether it is a residual network.
    public var isResidual: Bool { self == .preactResNet18 || self == .wideResNet }
  }

  /// What follows the normalizations of a residual network.
  public enum Activation: String, Codable, ConfigurationChoice {
    /// max(x, 0).
    case relu
    /// x sigmoid(x).
    case swish
  }

  /// How weights begin.
  public enum Initialization: String, Codable, ConfigurationChoice {
    /// As the architecture has it.
    case usual
    /// So that the intervals of bound propagation keep their size (Shi et al. 2021).
    case ibp
  }

  /// The architecture.
  public var name: Name
  /// The architecture with its extents, such as wrn-28-10.
  public var fullName: String
  /// Whether a linear model has a bias.
  public var bias: Bool
  /// The hidden layer sizes of `mlp`, from the input on.
  public var hidden: [Int]
  /// What follows the normalizations of a residual network.
  public var activation: Activation
  /// What is subtracted from each channel of the images; empty for nothing.
  public var mean: [Double]
  /// What each channel is then divided by; empty for nothing.
  public var deviation: [Double]
  /// How weights begin.
  public var initialization: Initialization

  /// Whether the model gives one score whose sign decides, instead of one per class.
  public var isBinary: Bool { name == .linearBinary }
  /// Whether training uses statistics of micro-batches.
  public var hasBatchNormalization: Bool { name.isResidual }

  /// The micro-batch where none is given.
  ///
  /// Measured with `holdfast bench step` at 8, 16, 32 and 64: 32 is the fastest or within the noise of it for every
  /// network but cnn-madry, where 64 gains 8 % but leaves a batch of 128 to two workers only. A constant, so the same
  /// on every machine and for any number of ranks.
  ///
  /// Statistics of a micro-batch want more samples.
  var defaultMicrobatch: Int { hasBatchNormalization ? 64 : 32 }

  init(reading reader: ConfigurationReader) {
    let full = reader.select("name", default: FullModelName(.cnnSmall), "The architecture.")
    let name = full.name
    bias = reader.flag("bias", default: true, if: name.isLinear, "Whether a linear model has a bias.")
    let standard = [100]
    hidden =
      reader.integers(
        "hidden", default: standard, in: 1...65_536, count: 1...32, if: name == .mlp,
        "The hidden layer sizes, from the input on.") ?? standard
    activation = reader.choice(
      "activation", default: .relu, if: name.isResidual,
      "What follows the normalizations of a residual network.")
    mean =
      reader.numbers(
        "mean", .unit, count: 1...3, if: !name.isLinear,
        "What is subtracted from each channel of the images, inside the model.") ?? []
    deviation =
      reader.numbers(
        "deviation", .positive, count: 1...3, if: !name.isLinear,
        "What each channel is then divided by.") ?? []
    initialization = reader.choice(
      "initialization", default: .usual, if: !name.isLinear,
      "How weights begin: as published with the architecture, or so that intervals keep their size.")
    self.name = name
    fullName = full.rawValue
    reader.finish()
  }

  var fields: [ResolvedField] {
    var fields = [ResolvedField("name", .choice(FullModelName(rawValue: fullName) ?? FullModelName(name)))]
    if name.isLinear { fields.append(ResolvedField("bias", .flag(bias))) }
    if name == .mlp { fields.append(ResolvedField("hidden", .list(hidden.map { .number($0) }))) }
    if name.isResidual { fields.append(ResolvedField("activation", .choice(activation))) }
    // What is switched off is left out: a run from before it existed is the same run.
    if !mean.isEmpty { fields.append(ResolvedField("mean", .list(mean.map { .number($0) }))) }
    if !deviation.isEmpty { fields.append(ResolvedField("deviation", .list(deviation.map { .number($0) }))) }
    // What is switched off is left out: a run from before it existed is the same run.
    if initialization != .usual { fields.append(ResolvedField("initialization", .choice(initialization))) }
    return fields
  }

  /// What is wrong with a key, beside what its type and range say.
  func problems(_ data: DataConfiguration) -> [(keyPath: String, message: String)] {
    if mean.count == deviation.count { return [] }
    return [
      (
        "model.deviation",
        "has \(deviation.count) entries and model.mean \(mean.count): both have one for each channel"
      )
    ]
  }
}
