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
  /// All zero.
  case zero
  /// Normal with standard deviation sqrt(2 pi) / fan in, so that a layer with ReLU behind it leaves the mean radius of
  /// intervals as it is (Shi et al. 2021, "Fast certified robust training with short warmup"); bias zero.
  case intervalPreserving
}

/// One layer of a feed-forward network.
public enum Layer: Equatable, Sendable {
  /// A square convolution with bias; parameters `NAME.weight` (OIHW) and `NAME.bias`.
  case convolution(
    String, outputChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    initialization: Initialization = .kaimingUniform)
  /// A fully connected layer; parameters `NAME.weight` ([out, in]) and, with bias, `NAME.bias`.
  case linear(
    String, outputs: Int, bias: Bool = true, initialization: Initialization = .kaimingUniform)
  /// max(x, 0).
  case relu
  /// Maximum over square windows side by side.
  case maxPooling(window: Int)
  /// Mean over square windows side by side.
  case averagePooling(window: Int)
  /// Zeroes each value with this probability while training, and scales the others up.
  case dropout(Float)
  /// Zeroes whole channels with this probability while training (Tompson et al. 2015).
  case channelDropout(Float)
  /// Turns (C, H, W) into a vector, in that order.
  case flatten
}
