/// What an attack needs of a model: outputs for a micro-batch of images, and the gradient by the images.
///
/// Buffers hold `batch` samples one behind the other: images as (C, H, W), outputs as classes. The attack writes
/// `images`, calls `forward`, writes `outputGradient`, calls `backwardImages` and reads `imageGradient`.
public protocol DifferentiableClassifier: AnyObject {
  /// The number of samples.
  var batch: Int { get }
  /// The values of an image.
  var imageElements: Int { get }
  /// The channels, rows and columns of an image; a single line of values where there is no geometry.
  var imageShape: ImageShape { get }
  /// The outputs of a sample.
  var outputCount: Int { get }
  /// The images that go in.
  var images: UnsafeMutablePointer<Float> { get }
  /// The outputs of the last forward pass.
  var outputs: UnsafePointer<Float> { get }
  /// The gradient of a loss by the outputs.
  var outputGradient: UnsafeMutablePointer<Float> { get }
  /// The gradient of that loss by the images, after `backwardImages`.
  var imageGradient: UnsafePointer<Float> { get }

  /// Computes the outputs of `images`.
  func forward(_ mode: ForwardMode) throws
  /// Computes `imageGradient` from `outputGradient`; no gradient by parameters is computed.
  func backwardImages() throws
  /// Says that the attack has no more use for a row: its outputs and gradients may be left as they are.
  func rest(_ row: Int)
}

extension DifferentiableClassifier {
  /// Computes all rows nevertheless.
  public func rest(_ row: Int) {}

  /// A single line of values.
  public var imageShape: ImageShape { ImageShape(channels: 1, height: 1, width: imageElements) }

  /// The outputs of one sample.
  public func outputs(of sample: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: outputs + sample * outputCount, count: outputCount)
  }
}
