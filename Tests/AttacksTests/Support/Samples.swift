import Attacks
import Networks
import Tensors

/// One sample under attack.
struct Sample {
  var image: [Float]
  var label: Int
  var index: UInt32
}

/// A stream of random numbers for a test.
func stream(_ number: UInt32) -> RandomStream {
  RandomStream(RandomIdentity(seed: 20, purpose: .synthetic, sample: number))
}

/// Images uniform on [0, 1], some pixels exactly 0 or 1 as digits have them.
func makeSamples(_ count: Int, elements: Int, classes: Int, stream number: UInt32 = 0) -> [Sample] {
  var random = stream(1000 + number)
  return (0..<count).map { index in
    let image = (0..<elements).map { _ in min(max(1.4 * random.uniform() - 0.2, 0), 1) }
    return Sample(image: image, label: index % classes, index: UInt32(100 + 7 * index))
  }
}

/// Weights uniform on [-1, 1).
func makeWeights(_ rows: Int, _ columns: Int, stream number: UInt32) -> [[Float]] {
  var random = stream(2000 + number)
  return (0..<rows).map { _ in (0..<columns).map { _ in random.symmetric() } }
}

extension AttackBatch {
  /// A batch of these samples, padded.
  convenience init(_ samples: [Sample], capacity: Int? = nil) {
    self.init(capacity: capacity ?? samples.count, imageElements: samples[0].image.count)
    for sample in samples {
      append(label: sample.label, sample: sample.index) {
        $0.update(from: sample.image, count: imageElements)
      }
    }
    pad()
  }
}

extension DifferentiableClassifier {
  /// The image of a row.
  func currentImage(_ row: Int) -> [Float] {
    Array(UnsafeBufferPointer(start: images + row * imageElements, count: imageElements))
  }

  /// Attacks samples, all restarts, and returns their adversarial examples.
  func attacked(
    _ samples: [Sample], by attack: any Attack, loss: LossFunction = .crossEntropy,
    _ context: AttackContext = AttackContext(seed: 1)
  ) throws -> [[Float]] {
    let batch = AttackBatch(samples, capacity: batch)
    try attack.runKeepingWorst(batch, on: self, loss: loss, context)
    return samples.indices.map(currentImage)
  }

  /// Attacks samples once and returns their adversarial examples.
  func attackedOnce(
    _ samples: [Sample], by attack: any Attack, restart: Int,
    _ context: AttackContext = AttackContext(seed: 1)
  ) throws -> [[Float]] {
    try attack.run(AttackBatch(samples, capacity: batch), on: self, restart: restart, context)
    return samples.indices.map(currentImage)
  }

  /// The losses of images.
  func losses(_ adversarial: [[Float]], _ samples: [Sample], _ loss: LossFunction) throws -> [Double] {
    for (row, image) in adversarial.enumerated() {
      (images + row * imageElements).update(from: image, count: imageElements)
    }
    try forward(.evaluation)
    return samples.enumerated().map { loss(outputs(of: $0.offset), label: $0.element.label) }
  }
}

extension ThreatModel {
  func allows(_ adversarial: [Float], from clean: [Float]) -> Bool {
    allows(adversarial, from: clean, count: clean.count)
  }
}

/// x .
///
/// w + b in Double.
func score(_ image: [Float], _ weights: [Float], _ bias: Float = 0) -> Double {
  zip(image, weights).reduce(Double(bias)) { $0 + Double($1.0) * Double($1.1) }
}
