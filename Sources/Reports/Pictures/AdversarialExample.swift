/// An image, what an attack made of it, and what the model took both for.
public struct AdversarialExample: Sendable, Equatable {
  /// The sample's index in its data set.
  public var index: Int
  /// Its true class.
  public var label: Int
  /// The class predicted for the image as it is; -1 where an output is NaN.
  public var predictedClean: Int
  /// The class predicted for the adversarial example.
  public var predicted: Int
  /// The image, `[channels, height, width]` in [0, 1].
  public var clean: [Float]
  /// The adversarial example, in the same form.
  public var adversarial: [Float]

  /// Creates an example.
  ///
  /// - Precondition: both images are of the same size.
  public init(
    index: Int, label: Int, predictedClean: Int, predicted: Int, clean: [Float], adversarial: [Float]
  ) {
    precondition(clean.count == adversarial.count, "an adversarial example of another size than its image")
    self.index = index
    self.label = label
    self.predictedClean = predictedClean
    self.predicted = predicted
    self.clean = clean
    self.adversarial = adversarial
  }

  /// Whether the attack changed a right prediction into a wrong one.
  public var isBroken: Bool { predictedClean == label && predicted != label }

  /// What happened in a few characters: `7 -> 3`.
  public var caption: String {
    "\(Self.name(label)) -> \(Self.name(predicted))"
  }

  /// The largest change of a value.
  public var largestChange: Float {
    zip(adversarial, clean).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  private static func name(_ label: Int) -> String { label < 0 ? "?" : "\(label)" }
}
