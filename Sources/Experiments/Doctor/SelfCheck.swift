import Checkpoints
import Foundation
import Kernels
import Networks
import Tensors

/// A computation whose result is known, done by one rank.
package struct SelfCheck: Codable, Equatable, Sendable {
  /// What was computed.
  package var name: String
  /// Whether the result is right.
  package var passed: Bool
  /// The result in words.
  package var detail: String
  /// A checksum of the result's bits, which are to be the same on all ranks; nil where there are none.
  package var fingerprint: String?

  /// Records how a computation came out.
  package init(name: String, passed: Bool, detail: String, fingerprint: String? = nil) {
    self.name = name
    self.passed = passed
    self.detail = detail
    self.fingerprint = fingerprint
  }

  /// Runs every check; an error in one is its result.
  static func runAll() -> [SelfCheck] {
    [randomNumbers(), inputGradient()]
  }

  /// Philox 4x32-10 on the two simplest vectors of its authors (Random123, `kat_vectors`).
  private static func randomNumbers() -> SelfCheck {
    let zeros = Philox.block(counter: .init(), key: .init())
    let ones = Philox.block(counter: .init(repeating: .max), key: .init(repeating: .max))
    let isRight =
      zeros == .init(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
      && ones == .init(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    return SelfCheck(
      name: "random numbers", passed: isRight,
      detail: isRight ? "Philox gives its published answers" : "Philox does not give its published answers")
  }

  /// The input gradient of a small convolutional network against central differences.
  private static func inputGradient() -> SelfCheck {
    let name = "input gradient"
    do {
      let check = try GradientCheck()
      let error = try check.relativeError()
      // Rounding of float32 outputs made 1.3e-4 to 2.6e-4 of it on the three instruction sets.
      let isRight = error < 1e-3
      return SelfCheck(
        name: name, passed: isRight,
        detail: "a convolutional network's input gradient is \(isRight ? "within" : "off by") "
          + "\(isRight ? "1e-3" : "\(error)") of finite differences",
        fingerprint: check.fingerprint)
    } catch {
      return SelfCheck(name: name, passed: false, detail: "\(error)")
    }
  }
}

/// A network that is smooth around its images, so that differences approach its gradient.
private final class GradientCheck {
  private let session: NetworkSession
  private let gradient: [Float]
  private let images: [Float]
  private let loss = LossFunction.crossEntropy

  init() throws {
    OneDNN.useOneThread()
    let architecture = Architecture(
      name: "self-check", input: ImageShape(channels: 2, height: 8, width: 8), outputs: 4,
      layers: [
        .convolution("conv1", outputChannels: 6, kernel: 3, padding: 1), .relu, .averagePooling(window: 2),
        .flatten, .linear("fc1", outputs: 4),
      ])
    let network = try CompiledNetwork(architecture, microbatch: 2)
    let parameters = architecture.initialParameters(seed: 1)
    if let bias = parameters.layout["conv1.bias"] {
      // 18 weights of at most 18^-1/2 on pixels in [0, 1]: no ReLU is near its kink.
      for channel in 0..<bias.count { parameters.values(bias)[channel] = channel % 2 == 0 ? 5 : -5 }
    }
    try network.load(parameters)
    session = try network.makeSession()
    var random = RandomStream(RandomIdentity(seed: 1, purpose: .synthetic))
    images = (0..<session.batch * session.imageElements).map { _ in random.uniform() }

    session.images.update(from: images, count: images.count)
    try session.forward(.evaluation)
    for sample in 0..<session.batch {
      _ = loss(
        session.outputs(of: sample), label: sample,
        gradient: session.outputGradient + sample * session.outputCount)
    }
    try session.backwardImages()
    gradient = Array(UnsafeBufferPointer(start: session.imageGradient, count: images.count))
  }

  /// The largest difference between gradient and finite differences, by the largest gradient.
  func relativeError() throws -> Double {
    let step: Float = 0x1p-4
    var largestError = 0.0
    for pixel in 0..<session.imageElements {
      let above = try losses(moving: pixel, by: step)
      let below = try losses(moving: pixel, by: -step)
      for sample in 0..<session.batch {
        let difference = (above[sample] - below[sample]) / Double(2 * step)
        let error = abs(difference - Double(gradient[sample * session.imageElements + pixel]))
        // A NaN is the largest error of all.
        largestError = error.isNaN ? .infinity : max(largestError, error)
      }
    }
    return largestError / Double(gradient.map(abs).max() ?? 0)
  }

  /// A checksum of the gradient's bits.
  var fingerprint: String { gradient.withUnsafeBytes { Checksum.sha256(Data($0)) } }

  /// The loss of each sample with one pixel of all samples moved.
  private func losses(moving pixel: Int, by step: Float) throws -> [Double] {
    session.images.update(from: images, count: images.count)
    for sample in 0..<session.batch { session.images[sample * session.imageElements + pixel] += step }
    try session.forward(.evaluation)
    return (0..<session.batch).map { loss(session.outputs(of: $0), label: $0) }
  }
}
