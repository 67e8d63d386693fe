import Kernels
import ReferenceNetworks
import Testing

/// A convolution to check, and the micro-batch to check it with.
struct ConvolutionCase: CustomTestStringConvertible, Sendable {
  var shape: ReferenceConvolution
  /// Whether the input lies in channel blocks, as behind a first layer, or plain, as images do.
  var isBlocked: Bool
  var batch: Int

  var geometry: AffineGeometry {
    let lanes = InstructionSet.selected.channelLanes
    let input = ActivationLayout(
      channels: shape.inputChannels, height: shape.height, width: shape.width, lanes: isBlocked ? lanes : 1)
    return .convolution(
      input: input, outputChannels: shape.outputChannels, kernel: shape.kernel, stride: shape.stride,
      padding: shape.padding, lanes: lanes)
  }

  var testDescription: String {
    """
    \(shape.inputChannels)x\(shape.height)x\(shape.width) to \(shape.outputChannels), \
    \(shape.kernel)x\(shape.kernel) stride \(shape.stride) padding \(shape.padding), \
    \(isBlocked ? "blocked" : "plain"), batch \(batch)
    """
  }

  /// The convolutions of the architectures, on 28x28x1 and 32x32x3.
  static let ofArchitectures: [ConvolutionCase] = {
    // Input channels, edge, output channels, kernel, stride, padding.
    let rows = [
      (1, 28, 10, 5, 1, 0), (10, 12, 20, 5, 1, 0),
      (1, 28, 16, 4, 2, 1), (16, 14, 32, 4, 2, 1),
      (1, 28, 32, 5, 1, 2), (32, 14, 64, 5, 1, 2),
      (1, 28, 32, 3, 1, 0), (32, 26, 32, 3, 1, 0), (32, 12, 64, 3, 1, 0), (64, 10, 64, 3, 1, 0),
      (3, 32, 10, 5, 1, 0), (3, 32, 16, 4, 2, 1), (3, 32, 32, 5, 1, 2), (3, 32, 32, 3, 1, 0),
    ]
    return rows.map { row in
      let shape = ReferenceConvolution(
        inputChannels: row.0, height: row.1, width: row.1, outputChannels: row.2, kernel: row.3,
        stride: row.4, padding: row.5)
      return ConvolutionCase(shape: shape, isBlocked: row.0 > 3, batch: row.0 > 16 ? 2 : 5)
    }
  }()

  /// Every number of input channels with every kernel and stride, the rest taking turns.
  static let sweep: [ConvolutionCase] = {
    let channels = [1, 2, 3, 4, 10, 16, 20, 32, 33]
    let extents = [(9, 9), (7, 11), (13, 8), (15, 15), (10, 9)]
    let batches = [16, 1, 5, 50, 2]
    var cases: [ConvolutionCase] = []
    for inputChannels in channels {
      for kernel in 1...7 {
        for stride in 1...2 {
          let turn = cases.count
          let (height, width) = extents[turn % extents.count]
          let shape = ReferenceConvolution(
            inputChannels: inputChannels, height: height, width: width,
            outputChannels: channels[(turn * 5 + kernel) % channels.count], kernel: kernel, stride: stride,
            padding: min(turn % 4, kernel - 1))
          let products = shape.weightCount * shape.outputHeight * shape.outputWidth
          let batch = min(batches[turn / 2 % batches.count], max(1, 4_000_000 / products))
          cases.append(ConvolutionCase(shape: shape, isBlocked: inputChannels > 3, batch: batch))
          if inputChannels <= 3 {
            cases.append(ConvolutionCase(shape: shape, isBlocked: true, batch: batch))
          }
        }
      }
    }
    return cases
  }()
}
