extension Architecture {
  /// The small network of Gowal et al., "On the effectiveness of interval bound propagation for training verifiably
  /// robust models" (2018): two convolutions without padding.
  public static func cnnIBPSmall(input: ImageShape, classes: Int) -> Architecture {
    Architecture(
      name: "cnn-ibp-small", input: input, outputs: classes,
      layers: [
        .convolution("conv1", outputChannels: 16, kernel: 4, stride: 2), .relu,
        .convolution("conv2", outputChannels: 32, kernel: 4), .relu,
        .flatten,
        .linear("fc1", outputs: 100), .relu,
        .linear("fc2", outputs: classes),
      ])
  }

  /// The medium network of the same paper: four convolutions without padding, of which every other one halves the image.
  public static func cnnIBPMedium(input: ImageShape, classes: Int) -> Architecture {
    Architecture(
      name: "cnn-ibp-medium", input: input, outputs: classes,
      layers: [
        .convolution("conv1", outputChannels: 32, kernel: 3), .relu,
        .convolution("conv2", outputChannels: 32, kernel: 4, stride: 2), .relu,
        .convolution("conv3", outputChannels: 64, kernel: 3), .relu,
        .convolution("conv4", outputChannels: 64, kernel: 4, stride: 2), .relu,
        .flatten,
        .linear("fc1", outputs: 512), .relu,
        .linear("fc2", outputs: 512), .relu,
        .linear("fc3", outputs: classes),
      ])
  }

  /// The large network of the same paper: five padded 3x3 convolutions.
  ///
  /// The strided one is padded on all sides, as in PyTorch reimplementations; the original pads below and on the right.
  public static func cnnIBPLarge(input: ImageShape, classes: Int) -> Architecture {
    func convolution(_ name: String, _ channels: Int, stride: Int = 1) -> Layer {
      .convolution(name, outputChannels: channels, kernel: 3, stride: stride, padding: 1)
    }
    return Architecture(
      name: "cnn-ibp-large", input: input, outputs: classes,
      layers: [
        convolution("conv1", 64), .relu, convolution("conv2", 64), .relu,
        convolution("conv3", 128, stride: 2), .relu, convolution("conv4", 128), .relu,
        convolution("conv5", 128), .relu,
        .flatten,
        .linear("fc1", outputs: 512), .relu,
        .linear("fc2", outputs: classes),
      ])
  }

  /// The same network with other first weights in all layers.
  public func initialized(_ initialization: Initialization) -> Architecture {
    let layers = layers.map { layer -> Layer in
      switch layer {
      case .convolution(let name, let outputChannels, let kernel, let stride, let padding, let bias, _):
        .convolution(
          name, outputChannels: outputChannels, kernel: kernel, stride: stride, padding: padding,
          bias: bias, initialization: initialization)
      case .linear(let name, let outputs, let bias, _):
        .linear(name, outputs: outputs, bias: bias, initialization: initialization)
      default:
        layer
      }
    }
    return Architecture(name: name, input: input, outputs: outputs, layers: layers)
  }
}
