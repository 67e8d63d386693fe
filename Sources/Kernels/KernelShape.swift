/// A step of a network that several implementations can run, as the table of measured choices names it.
///
/// A convolution block of 32 channels on 14x14 with 64 outputs, 5x5 kernels at stride 1, padding 2, and 2x2
/// pooling is `32x14x14-64k5s1p2m2`; a fully connected layer from 784 values to 10 is `784-10`, and one from
/// channel blocks with ReLU behind it `64x7x7-1024r`.
public enum KernelShape: Equatable, Sendable {
  /// A convolution with ReLU and perhaps pooling.
  case convolution(ConvolutionBlock)
  /// A fully connected layer.
  case dense(DenseLayer)

  /// The name in the table; nil for layouts that networks do not meet.
  ///
  /// Names leave out the layout: images of up to three channels are plain, everything behind them is blocked.
  public var key: String? {
    switch self {
    case .convolution(let block):
      guard case .convolution(let kernel, let stride, let padding) = block.convolution.operation,
        (block.input.lanes > 1) == (block.input.channels > 3)
      else { return nil }
      let input = block.input
      return "\(input.channels)x\(input.height)x\(input.width)-\(block.middle.channels)"
        + "k\(kernel)s\(stride)p\(padding)m\(block.pool)"
    case .dense(let layer):
      let input = layer.input
      if input.lanes == 1, input.height > 1 || input.width > 1 { return nil }
      let extents =
        input.lanes == 1 ? "\(input.channels)" : "\(input.channels)x\(input.height)x\(input.width)"
      return "\(extents)-\(layer.outputs)\(layer.relu ? "r" : "")"
    }
  }

  /// The shape of a name, for channel blocks of `lanes`; nil if it is none.
  public init?(key: some StringProtocol, lanes: Int) {
    let relu = key.hasSuffix("r")
    let text = relu ? key.dropLast() : key[...]
    if let n = Self.numbers(in: text, separatedBy: "xx-kspm"), !relu {
      guard n[1] + 2 * n[6] >= n[4], n[2] + 2 * n[6] >= n[4], (1...2).contains(n[7]) else { return nil }
      let input = ActivationLayout(
        channels: n[0], height: n[1], width: n[2], lanes: n[0] > 3 ? lanes : 1)
      let convolution = AffineGeometry.convolution(
        input: input, outputChannels: n[3], kernel: n[4], stride: n[5], padding: n[6], lanes: lanes)
      self = .convolution(ConvolutionBlock(convolution, pool: n[7]))
    } else if let n = Self.numbers(in: text, separatedBy: "xx-") {
      let input = ActivationLayout(channels: n[0], height: n[1], width: n[2], lanes: lanes)
      self = .dense(DenseLayer(input: input, outputs: n[3], bias: true, relu: relu))
    } else if let n = Self.numbers(in: text, separatedBy: "-") {
      self = .dense(DenseLayer(input: .vector(n[0]), outputs: n[1], bias: true, relu: relu))
    } else {
      return nil
    }
    if self.key != String(key) { return nil }
  }

  /// No layer has more channels, rows, columns or outputs, and products of three such numbers fit into 64 bits.
  private static let largestExtent = 1 << 20

  /// The numbers between separators of one character each, all but the padding positive; nil if there are none
  /// such.
  private static func numbers(
    in text: some StringProtocol, separatedBy separators: String
  ) -> [Int]? {
    var numbers: [Int] = []
    var rest = text[...]
    for separator in separators {
      guard let end = rest.firstIndex(of: separator), let number = Int(rest[..<end]) else { return nil }
      numbers.append(number)
      rest = rest[rest.index(after: end)...]
    }
    guard let last = Int(rest) else { return nil }
    numbers.append(last)
    let isPadding = { (index: Int) in separators.count == 7 && index == 6 }
    return numbers.indices.allSatisfy {
      numbers[$0] > (isPadding($0) ? -1 : 0) && numbers[$0] <= largestExtent
    } ? numbers : nil
  }
}
