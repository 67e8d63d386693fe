import COneDNN

/// How the activations of one sample lie in memory.
///
/// Plain is (C, H, W); channel-blocked is (C/b, H, W, b) with `lanes` = b channels side by side and zeros where
/// the last block has no channel. A vector is plain with H = W = 1.
public struct ActivationLayout: Equatable, Sendable {
  /// The channels, or the length of a vector.
  public let channels: Int
  /// The rows.
  public let height: Int
  /// The columns.
  public let width: Int
  /// The channels side by side: 1 for plain.
  public let lanes: Int

  /// Creates a layout.
  public init(channels: Int, height: Int, width: Int, lanes: Int) {
    self.channels = channels
    self.height = height
    self.width = width
    self.lanes = lanes
  }

  /// A plain vector of `count` elements.
  public static func vector(_ count: Int) -> ActivationLayout {
    ActivationLayout(channels: count, height: 1, width: 1, lanes: 1)
  }

  /// The same activations in blocks of `lanes` channels.
  public func with(lanes: Int) -> ActivationLayout {
    ActivationLayout(channels: channels, height: height, width: width, lanes: lanes)
  }

  /// The number of (H, W, lanes) blocks of a sample.
  public var planes: Int { (channels + lanes - 1) / lanes }
  /// The floats of a sample, padding lanes included.
  public var elements: Int { planes * lanes * height * width }
  /// The number of values of a sample, padding lanes left out.
  public var values: Int { channels * height * width }

  /// The index of value (c, y, x) of a sample.
  public func index(channel: Int, row: Int, column: Int) -> Int {
    ((channel / lanes * height + row) * width + column) * lanes + channel % lanes
  }

  /// The four-dimensional oneDNN descriptor of `batch` samples.
  func imageDescriptor(batch: Int) throws(OneDNNError) -> MemoryDescriptor {
    let tag =
      switch lanes {
      case 16: dnnl_nChw16c
      case 8: dnnl_nChw8c
      default: dnnl_nchw
      }
    return try MemoryDescriptor([batch, channels, height, width], tag)
  }
}
