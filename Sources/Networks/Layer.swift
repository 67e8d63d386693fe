/// Channels, rows and columns of an image.
public struct ImageShape: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The channels.
  public let channels: Int
  /// The rows.
  public let height: Int
  /// The columns.
  public let width: Int

  /// Creates a shape.
  public init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// The number of values.
  public var elements: Int { channels * height * width }

  /// Channels, rows and columns, as in 1x28x28.
  public var description: String { "\(channels)x\(height)x\(width)" }
}

/// How a layer's weights begin.
public enum Initialization: Equatable, Sendable {
  /// PyTorch's default: uniform on +-1/sqrt(fan in), which is Kaiming uniform with a = sqrt(5); bias likewise.
  case kaimingUniform
  /// Kaiming normal for ReLU (He et al. 2015): standard deviation sqrt(2 / fan in); bias zero.
  case kaimingNormal
  /// Normal with this standard deviation, redrawn beyond two of them; bias constant.
  case truncatedNormal(deviation: Float, bias: Float)
  /// Normal with standard deviation sqrt(2 / fan out), as residual networks are begun (He et al. 2015); bias zero.
  case kaimingNormalFanOut
  /// PyTorch's default for the weights; bias zero.
  case kaimingUniformZeroBias
  /// Weights one and bias zero, as normalizations begin.
  case one
  /// All zero.
  case zero
  /// Normal with standard deviation sqrt(2 pi) / fan in, so that a layer with ReLU behind it leaves the mean radius of
  /// intervals as it is (Shi et al. 2021, "Fast certified robust training with short warmup"); bias zero.
  case intervalPreserving
}

/// One layer of a feed-forward network, or a block of them with a way around it.
public indirect enum Layer: Equatable, Sendable {
  /// A square convolution; parameters `NAME.weight` (OIHW) and, with bias, `NAME.bias`.
  case convolution(
    String, outputChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true,
    initialization: Initialization = .kaimingUniform)
  /// A fully connected layer; parameters `NAME.weight` ([out, in]) and, with bias, `NAME.bias`.
  case linear(
    String, outputs: Int, bias: Bool = true, initialization: Initialization = .kaimingUniform)
  /// Batch normalization of each channel (Ioffe and Szegedy 2015), as PyTorch's BatchNorm2d with its defaults.
  ///
  /// Parameters `NAME.weight` and `NAME.bias`; buffers `NAME.running_mean`, `NAME.running_var` and
  /// `NAME.num_batches_tracked`.
  case batchNormalization(String)
  /// (x - mean) / deviation for each channel of the image; attacks and thresholds stay in pixel units.
  case normalization(means: [Float], deviations: [Float])
  /// The sum of what two branches make of the same input; no layers in the shortcut are the input itself.
  ///
  /// The main branch ends with a convolution, and neither begins with an activation or dropout.
  case residual(main: [Layer], shortcut: [Layer])
  /// max(x, 0).
  case relu
  /// x sigmoid(x).
  case swish
  /// Maximum over square windows side by side.
  case maxPooling(window: Int)
  /// Mean over square windows side by side.
  case averagePooling(window: Int)
  /// Mean over all rows and columns.
  case globalAveragePooling
  /// Zeroes each value with this probability while training, and scales the others up.
  case dropout(Float)
  /// Zeroes whole channels with this probability while training (Tompson et al. 2015).
  case channelDropout(Float)
  /// Turns (C, H, W) into a vector, in that order.
  case flatten
}

extension Layer {
  /// What kind of layer it is, in words, as in messages.
  public var kind: String {
    switch self {
    case .convolution: "convolutions"
    case .linear: "fully connected layers"
    case .batchNormalization: "batch normalization"
    case .normalization: "a normalization of the images (model.mean)"
    case .residual: "residual blocks"
    case .relu: "ReLU"
    case .swish: "swish"
    case .maxPooling: "maximum pooling"
    case .averagePooling, .globalAveragePooling: "average pooling"
    case .dropout, .channelDropout: "dropout"
    case .flatten: "flattening"
    }
  }
}
