import Networks
import Tensors

/// The state of a random search on a micro-batch: the best examples so far and their margins.
final class RandomSearch {
  private let batch: AttackBatch
  private let model: any DifferentiableClassifier
  /// The examples of the lowest margins.
  let best: AlignedBuffer<Float>
  /// The lowest margins so far.
  private var margins: [Double]
  /// The samples that are misclassified at their best example.
  private(set) var isBroken: [Bool]
  private var searched: Int

  init(_ batch: AttackBatch, _ model: any DifferentiableClassifier) {
    self.batch = batch
    self.model = model
    best = AlignedBuffer(count: batch.images.count)
    margins = Array(repeating: .infinity, count: batch.capacity)
    isBroken = Array(repeating: false, count: batch.capacity)
    searched = batch.count
  }

  /// Whether a sample is left that is not broken.
  var isUnfinished: Bool { searched > 0 }

  /// Takes the model's images and outputs as starting points.
  func begin() {
    best.pointer.update(from: model.images, count: best.count)
    for row in 0..<batch.count { _ = improves(row) }
  }

  /// Whether the image that the model has just seen is better than the best of its row, which it then is.
  func improves(_ row: Int) -> Bool {
    let outputs = model.outputs(of: row)
    let label = batch.labels[row]
    if predictedClass(outputs) != label {
      isBroken[row] = true
      searched -= 1
      model.rest(row)
      return true
    }
    let margin = outputs.margin(of: label)
    guard margin < margins[row] else { return false }
    margins[row] = margin
    return true
  }

  /// Leaves the best examples as the model's images.
  func finish() {
    model.images.update(from: best.pointer, count: batch.count * batch.imageElements)
  }
}

extension UnsafeBufferPointer<Float> {
  /// How far the score of a class is above the highest of the others, where no score is NaN.
  fileprivate func margin(of label: Int) -> Double {
    if count == 1 { return lead(of: label, over: 1 - label) }
    var rival = -Float.infinity
    for k in indices where k != label && self[k] > rival { rival = self[k] }
    return Double(self[label]) - Double(rival)
  }
}
