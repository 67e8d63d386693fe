import Networks
import Tensors

/// A classifier in plain Swift whose gradients are known: what attacks are tested on without any kernel.
final class ToyClassifier: DifferentiableClassifier {
  typealias Image = UnsafeBufferPointer<Float>

  let batch: Int
  let imageElements: Int
  let imageShape: ImageShape
  let outputCount: Int
  private(set) var modes: [ForwardMode] = []
  /// The images of every forward pass.
  private(set) var seen: [[Float]] = []

  private let input: AlignedBuffer<Float>
  private let output: AlignedBuffer<Float>
  private let gradientOfOutput: AlignedBuffer<Float>
  private let gradientOfInput: AlignedBuffer<Float>
  private let scores: (Image) -> [Float]
  private let pullBack: (Image, [Float]) -> [Float]

  /// - Parameters:
  ///   - imageShape: The shape of an image.
  ///   - scores: The outputs of an image.
  ///   - pullBack: The gradient by the image, from the image and the gradient by the outputs.
  init(
    batch: Int, imageShape: ImageShape, outputCount: Int, scores: @escaping (Image) -> [Float],
    pullBack: @escaping (Image, [Float]) -> [Float]
  ) {
    self.batch = batch
    self.imageShape = imageShape
    imageElements = imageShape.elements
    self.outputCount = outputCount
    self.scores = scores
    self.pullBack = pullBack
    input = AlignedBuffer(count: batch * imageElements)
    output = AlignedBuffer(count: batch * outputCount)
    gradientOfOutput = AlignedBuffer(count: batch * outputCount)
    gradientOfInput = AlignedBuffer(count: batch * imageElements)
  }

  /// A classifier of images without geometry.
  convenience init(
    batch: Int, imageElements: Int, outputCount: Int, scores: @escaping (Image) -> [Float],
    pullBack: @escaping (Image, [Float]) -> [Float]
  ) {
    self.init(
      batch: batch, imageShape: ImageShape(channels: 1, height: 1, width: imageElements),
      outputCount: outputCount, scores: scores, pullBack: pullBack)
  }

  /// A linear classifier: one row of weights for each output.
  convenience init(batch: Int, weights: [[Float]], biases: [Float]? = nil) {
    let elements = weights[0].count
    self.init(
      batch: batch, imageElements: elements, outputCount: weights.count,
      scores: { image in
        weights.enumerated().map { k, row in
          Float(zip(row, image).reduce(Double(biases?[k] ?? 0)) { $0 + Double($1.0) * Double($1.1) })
        }
      },
      pullBack: { _, gradient in
        (0..<elements).map { j in
          Float(zip(weights, gradient).reduce(0.0) { $0 + Double($1.0[j]) * Double($1.1) })
        }
      })
  }

  var images: UnsafeMutablePointer<Float> { input.pointer }
  var outputs: UnsafePointer<Float> { UnsafePointer(output.pointer) }
  var outputGradient: UnsafeMutablePointer<Float> { gradientOfOutput.pointer }
  var imageGradient: UnsafePointer<Float> { UnsafePointer(gradientOfInput.pointer) }

  private func image(_ row: Int) -> Image {
    Image(start: input.pointer + row * imageElements, count: imageElements)
  }

  func forward(_ mode: ForwardMode) {
    modes.append(mode)
    seen.append(Array(input.elements))
    for row in 0..<batch {
      for (k, score) in scores(image(row)).enumerated() { output.pointer[row * outputCount + k] = score }
    }
  }

  func backwardImages() {
    for row in 0..<batch {
      let gradient = (0..<outputCount).map { gradientOfOutput.pointer[row * outputCount + $0] }
      for (j, value) in pullBack(image(row), gradient).enumerated() {
        gradientOfInput.pointer[row * imageElements + j] = value
      }
    }
  }
}
