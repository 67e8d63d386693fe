import Networks
import Tensors

/// A layer with the shapes it meets.
enum ReferenceStep: Sendable {
  case convolution(String, ReferenceConvolution)
  case linear(String, ReferenceLinear)
  case relu
  case maximum(ReferencePooling)
  case average(ReferencePooling)
  case dropout(ReferenceDropout)
  case flatten

  /// Follows the shapes through the layers of `architecture`.
  static func steps(of architecture: Architecture) -> [ReferenceStep] {
    var (channels, height, width) = (
      architecture.input.channels, architecture.input.height, architecture.input.width
    )
    return architecture.layers.enumerated().map { index, layer in
      switch layer {
      case .convolution(let name, let outputChannels, let kernel, let stride, let padding, _, _):
        let convolution = ReferenceConvolution(
          inputChannels: channels, height: height, width: width, outputChannels: outputChannels,
          kernel: kernel, stride: stride, padding: padding)
        (channels, height, width) = (outputChannels, convolution.outputHeight, convolution.outputWidth)
        return .convolution(name, convolution)
      case .linear(let name, let outputs, _, _):
        let linear = ReferenceLinear(inputs: channels * height * width, outputs: outputs)
        (channels, height, width) = (outputs, 1, 1)
        return .linear(name, linear)
      case .relu:
        return .relu
      case .maxPooling(let window), .averagePooling(let window):
        let pooling = ReferencePooling(
          channels: channels, height: height, width: width, window: window, stride: window)
        (height, width) = (pooling.outputHeight, pooling.outputWidth)
        if case .maxPooling = layer { return .maximum(pooling) }
        return .average(pooling)
      case .dropout(let probability), .channelDropout(let probability):
        var group = 1
        if case .channelDropout = layer { group = height * width }
        return .dropout(
          ReferenceDropout(
            count: channels * height * width, group: group, probability: probability, layer: UInt32(index)))
      case .flatten:
        return .flatten
      case .batchNormalization, .normalization, .residual, .swish, .globalAveragePooling:
        preconditionFailure("\(layer.kind) is for ReferenceBatch")
      }
    }
  }
}

/// Dropout of groups of neighbouring values: of single ones, or of a channel's.
struct ReferenceDropout: Sendable {
  var count: Int
  var group: Int
  var probability: Float
  var layer: UInt32

  /// What each value of a sample is multiplied with.
  func mask(_ mode: ForwardMode, sample: UInt32) -> [Double] {
    guard let masks = mode.masks else {
      return [Double](repeating: 1, count: count)
    }
    var stream = RandomStream(
      RandomIdentity(
        seed: masks.seed, purpose: .dropout, step: masks.step, sample: sample, layer: layer, pass: masks.pass)
    )
    let factors = (0..<count / group).map { _ in
      stream.uniform() < probability ? 0 : 1 / (1 - Double(probability))
    }
    return (0..<count).map { factors[$0 / group] }
  }
}
