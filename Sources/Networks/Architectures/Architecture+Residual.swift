extension Architecture {
  /// The pre-activation residual network of 18 layers for small images, as in locuslab/fast_adversarial and
  /// robust_overfitting: the blocks of kuangliu/pytorch-cifar, and a batch normalization behind the last of them.
  ///
  /// He et al., "Identity mappings in deep residual networks" (ECCV 2016). Begins as PyTorch's layers do.
  public static func preActivationResNet18(
    input: ImageShape, classes: Int, activation: Layer = .relu
  ) -> Architecture {
    var layers: [Layer] = [
      .convolution("conv1", outputChannels: 64, kernel: 3, padding: 1, bias: false)
    ]
    var channels = 64
    for (stage, width) in [64, 128, 256, 512].enumerated() {
      for block in 0..<2 {
        let stride = stage > 0 && block == 0 ? 2 : 1
        layers += residualBlock(
          "layer\(stage + 1).\(block)", from: channels, to: width, stride: stride, shortcut: "shortcut.0",
          activation: activation, initialization: .kaimingUniform)
        channels = width
      }
    }
    layers += [
      .batchNormalization("bn"), activation, .globalAveragePooling, .linear("linear", outputs: classes),
    ]
    return Architecture(name: "preact-resnet18", input: input, outputs: classes, layers: layers)
  }

  /// The wide residual network WRN-depth-width, as in TRADES and RobustBench.
  ///
  /// Zagoruyko and Komodakis, "Wide residual networks" (BMVC 2016), without dropout, begun as there.
  ///
  /// - Precondition: `depth` is 6 n + 4 with n at least 1.
  public static func wideResNet(
    depth: Int, width: Int, input: ImageShape, classes: Int, activation: Layer = .relu
  ) -> Architecture {
    precondition(depth >= 10 && (depth - 4) % 6 == 0, "a wide residual network of depth \(depth)")
    var layers: [Layer] = [
      .convolution(
        "conv1", outputChannels: 16, kernel: 3, padding: 1, bias: false, initialization: .kaimingNormalFanOut)
    ]
    var channels = 16
    for (stage, base) in [16, 32, 64].enumerated() {
      for block in 0..<(depth - 4) / 6 {
        let stride = stage > 0 && block == 0 ? 2 : 1
        layers += residualBlock(
          "block\(stage + 1).layer.\(block)", from: channels, to: base * width, stride: stride,
          shortcut: "convShortcut", activation: activation, initialization: .kaimingNormalFanOut)
        channels = base * width
      }
    }
    layers += [
      .batchNormalization("bn1"), activation, .globalAveragePooling,
      .linear("fc", outputs: classes, initialization: .kaimingUniformZeroBias),
    ]
    return Architecture(name: "wrn-\(depth)-\(width)", input: input, outputs: classes, layers: layers)
  }

  /// Depth and width of a name such as wrn-28-10; nil for other names, and where there is no such network.
  public static func wideResNetExtents(_ name: String) -> (depth: Int, width: Int)? {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "wrn", let depth = Int(parts[1]), let width = Int(parts[2]),
      name == "wrn-\(depth)-\(width)", (10...1000).contains(depth), (depth - 4) % 6 == 0,
      (1...64).contains(width)
    else { return nil }
    return (depth, width)
  }

  /// Two 3x3 convolutions, each behind normalization and activation, and the way around them.
  ///
  /// Where extents change, the way around is a 1x1 convolution of what the first activation makes; otherwise it is the
  /// input itself.
  private static func residualBlock(
    _ name: String, from channels: Int, to width: Int, stride: Int, shortcut: String, activation: Layer,
    initialization: Initialization
  ) -> [Layer] {
    func convolution(_ part: String, kernel: Int, stride: Int) -> Layer {
      .convolution(
        "\(name).\(part)", outputChannels: width, kernel: kernel, stride: stride, padding: kernel / 2,
        bias: false, initialization: initialization)
    }
    let before: [Layer] = [.batchNormalization("\(name).bn1"), activation]
    let main: [Layer] = [
      convolution("conv1", kernel: 3, stride: stride), .batchNormalization("\(name).bn2"), activation,
      convolution("conv2", kernel: 3, stride: 1),
    ]
    if stride == 1 && channels == width { return [.residual(main: before + main, shortcut: [])] }
    return before + [
      .residual(main: main, shortcut: [convolution(shortcut, kernel: 1, stride: stride)])
    ]
  }
}
