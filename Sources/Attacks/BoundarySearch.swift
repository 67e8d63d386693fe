import Kernels
import Networks
import Tensors

/// The state of a run of the fast adaptive boundary attack on a micro-batch: iterates, which are the model's images,
/// and the boundaries linearised there.
final class BoundarySearch {
  private let threat: ThreatModel
  private let batch: AttackBatch
  private let model: any DifferentiableClassifier
  private let passes = Passes.selected
  private let projection: HyperplaneProjection
  /// The rows that are still searched.
  private var isActive: [Bool]
  /// Whether a row's iterate is an adversarial example.
  private var isBroken: [Bool]
  /// The class that a row is steered to; nil for whichever is nearest.
  private var targets: [Int]?
  /// How far the score of the other class is above that of the label, at the iterates.
  private var leads: [Double]
  /// The gradients of the leads.
  private let normals: AlignedBuffer<Float>
  /// The distances of the nearest planes so far.
  private var distances: [Double]

  init(_ threat: ThreatModel, _ batch: AttackBatch, _ model: any DifferentiableClassifier) {
    self.threat = threat
    self.batch = batch
    self.model = model
    projection = HyperplaneProjection(threat, imageElements: batch.imageElements)
    isActive = Array(repeating: false, count: batch.capacity)
    isBroken = isActive
    leads = Array(repeating: 0, count: batch.capacity)
    distances = leads
    normals = AlignedBuffer(count: batch.images.count)
    guard threat.norm == .linf else { return }
    threat.linfSet(
      of: batch.images.pointer, lower: batch.lower.pointer, upper: batch.upper.pointer,
      count: batch.count * batch.imageElements)
  }

  private var elements: Int { batch.imageElements }
  /// The classes, two for a single score.
  private var classes: Int { max(model.outputCount, 2) }
  private func iterate(_ row: Int) -> UnsafeMutablePointer<Float> { model.images + row * elements }

  /// Whether a sample is neither broken nor misclassified anyway.
  var isUnfinished: Bool { isActive.contains(true) }

  /// Reads off the outputs of the clean images which samples are to be attacked, and where to.
  ///
  /// - Parameter targetRank: Which of the other classes is aimed at, counted from the likeliest.
  func begin(targetRank: Int?) {
    targets = targetRank.map { _ in Array(repeating: 0, count: batch.capacity) }
    for row in 0..<batch.count {
      let outputs = model.outputs(of: row)
      isActive[row] = predictedClass(outputs) == batch.labels[row]
      if let targetRank {
        if let target = outputs.otherClass(than: batch.labels[row], rank: targetRank) {
          targets?[row] = target
        } else {
          isActive[row] = false
        }
      }
      if !isActive[row] { model.rest(row) }
    }
  }

  /// Moves the iterates off their clean images by half of epsilon.
  func moveToRandomStart(_ context: AttackContext, restart: Int) {
    for row in 0..<batch.count where isActive[row] {
      var stream = context.stream(.attackStart, sample: batch.samples[row], restart: restart)
      projection.offset(iterate(row), from: &stream)
    }
  }

  /// Linearises the boundary at every iterate: the one to the target, or the nearest.
  func linearise() throws {
    for row in 0..<batch.count { distances[row] = .infinity }
    if let targets {
      try linearise { row in targets[row] }
      return
    }
    for other in 0..<classes - 1 {
      try linearise { row in other < batch.labels[row] ? other : other + 1 }
    }
  }

  private func linearise(to other: (Int) -> Int) throws {
    for row in 0..<batch.capacity {
      let gradient = model.outputGradient + row * model.outputCount
      gradient.update(repeating: 0, count: model.outputCount)
      guard isActive[row] else { continue }
      if model.outputCount == 1 {
        gradient[0] = batch.labels[row] == 0 ? 1 : -1
      } else {
        gradient[other(row)] = 1
        gradient[batch.labels[row]] = -1
      }
    }
    try model.backwardImages()
    for row in 0..<batch.count where isActive[row] {
      let normal = model.imageGradient + row * elements
      let lead = -model.outputs(of: row).lead(of: batch.labels[row], over: other(row))
      let distance = abs(lead) / (1e-12 + projection.dualNorm(normal))
      // A target is taken as it is, even where the distance is not a number.
      guard targets != nil || distance < distances[row] else { continue }
      distances[row] = distance
      leads[row] = lead
      (normals.pointer + row * elements).update(from: normal, count: elements)
    }
  }

  /// Moves every iterate towards and beyond its plane.
  func step() {
    for row in 0..<batch.count where isActive[row] {
      guard targets != nil || distances[row] < .infinity else { continue }
      let image = iterate(row)
      projection.move(
        image, clean: batch.image(row), normal: normals.pointer + row * elements, lead: leads[row])
      // An iterate that rounding alone keeps out of the set is put into it before it is classified.
      guard threat.norm == .linf,
        threat.distance(batch.image(row), image, count: elements) <= threat.largestDistance
      else { continue }
      let offset = row * elements
      passes.clamp(image, lower: batch.lower.pointer + offset, upper: batch.upper.pointer + offset, elements)
    }
  }

  /// Looks at the outputs of the iterates: ends the search for samples that are broken, and pulls back iterates
  /// that are misclassified but too far.
  ///
  /// - Returns: Whether an iterate moved.
  func check() -> Bool {
    var hasMoved = false
    for row in 0..<batch.count where isActive[row] {
      if predictedClass(model.outputs(of: row)) == batch.labels[row] { continue }
      let image = iterate(row)
      let clean = batch.image(row)
      if threat.distance(clean, image, count: elements) <= threat.largestDistance,
        threat.allows(image, from: clean, count: elements)
      {
        isActive[row] = false
        isBroken[row] = true
        model.rest(row)
        continue
      }
      passes.shrink(
        image, towards: clean, factor: FastAdaptiveBoundary.backwardStep, box: false, elements)
      hasMoved = true
    }
    return hasMoved
  }

  /// Puts back the clean images of samples that are not broken.
  func finish() {
    for row in 0..<batch.capacity where !isBroken[row] {
      iterate(row).update(from: batch.image(row), count: elements)
    }
  }
}

extension UnsafeBufferPointer<Float> {
  /// How far the score of a class is above that of another; a single score is that of class 1 over class 0.
  func lead(of label: Int, over other: Int) -> Double {
    if count == 1 { return label == 1 ? Double(self[0]) : -Double(self[0]) }
    return Double(self[label]) - Double(self[other])
  }

  /// The class at a rank among all but `label`, from the highest score down; of equals the first comes first.
  ///
  /// - Returns: Nil where there are not that many classes.
  package func otherClass(than label: Int, rank: Int) -> Int? {
    if count == 1 { return rank == 0 ? 1 - label : nil }
    return indices.first { candidate in
      candidate != label
        && rank
          == indices.count { rival in
            rival != label
              && (self[rival] > self[candidate] || (self[rival] == self[candidate] && rival < candidate))
          }
    }
  }
}
