extension Architecture {
  /// The small network of the EPFL machine learning exercise on adversarial robustness: two 5x5 convolutions,
  /// each pooled before its ReLU, with dropout of channels and of hidden units.
  public static func lenet(input: ImageShape, classes: Int) -> Architecture {
    Architecture(
      name: "lenet", input: input, outputs: classes,
      layers: [
        .convolution("conv1", outputChannels: 10, kernel: 5), .maxPooling(window: 2), .relu,
        .convolution("conv2", outputChannels: 20, kernel: 5), .channelDropout(0.5), .maxPooling(window: 2),
        .relu,
        .flatten,
        .linear("fc1", outputs: 50), .relu, .dropout(0.5),
        .linear("fc2", outputs: classes),
      ])
  }

  /// The network of Wong, Rice and Kolter, "Fast is better than free" (ICLR 2020), for MNIST: two strided 4x4
  /// convolutions.
  public static func cnnSmall(input: ImageShape, classes: Int) -> Architecture {
    Architecture(
      name: "cnn-small", input: input, outputs: classes,
      layers: [
        .convolution("conv1", outputChannels: 16, kernel: 4, stride: 2, padding: 1), .relu,
        .convolution("conv2", outputChannels: 32, kernel: 4, stride: 2, padding: 1), .relu,
        .flatten,
        .linear("fc1", outputs: 100), .relu,
        .linear("fc2", outputs: classes),
      ])
  }

  /// The network of Madry et al., "Towards deep learning models resistant to adversarial attacks" (ICLR 2018),
  /// for MNIST, with that paper's initialization.
  public static func cnnMadry(input: ImageShape, classes: Int) -> Architecture {
    let start = Initialization.truncatedNormal(deviation: 0.1, bias: 0.1)
    return Architecture(
      name: "cnn-madry", input: input, outputs: classes,
      layers: [
        .convolution("conv1", outputChannels: 32, kernel: 5, padding: 2, initialization: start), .relu,
        .maxPooling(window: 2),
        .convolution("conv2", outputChannels: 64, kernel: 5, padding: 2, initialization: start), .relu,
        .maxPooling(window: 2),
        .flatten,
        .linear("fc1", outputs: 1024, initialization: start), .relu,
        .linear("fc2", outputs: classes, initialization: start),
      ])
  }

  /// The MNIST network of Zhang et al., "Theoretically principled trade-off between robustness and accuracy"
  /// (ICML 2019), with that paper's initialization.
  public static func cnnTRADES(input: ImageShape, classes: Int) -> Architecture {
    func convolution(_ name: String, _ channels: Int) -> Layer {
      .convolution(name, outputChannels: channels, kernel: 3, initialization: .kaimingNormal)
    }
    return Architecture(
      name: "cnn-trades", input: input, outputs: classes,
      layers: [
        convolution("conv1", 32), .relu, convolution("conv2", 32), .relu, .maxPooling(window: 2),
        convolution("conv3", 64), .relu, convolution("conv4", 64), .relu, .maxPooling(window: 2),
        .flatten,
        .linear("fc1", outputs: 200), .relu, .dropout(0.5),
        .linear("fc2", outputs: 200), .relu,
        .linear("fc3", outputs: classes, initialization: .zero),
      ])
  }
}
