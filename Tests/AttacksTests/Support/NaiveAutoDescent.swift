import Attacks
import Foundation

/// Auto-PGD on one sample in plain Double arrays with all its history, written from the papers: says where the next
/// iterate should be.
///
/// It is shown the iterates that were visited rather than its own, so that roundings do not add up.
struct NaiveAutoDescent {
  let threat: ThreatModel
  let clean: [Double]
  let steps: Int
  /// Whether the first sparsity is that of the start, as in balls that shrink.
  let startsSparse: Bool
  let loss: ([Double]) -> Double
  let gradient: ([Double]) -> [Double]

  private(set) var visited: [[Double]] = []
  private(set) var losses: [Double] = []
  private(set) var stepSizes: [Double] = []
  /// The checkpoints at which a step was halved because the loss rose too seldom, and because it did not rise at all.
  private(set) var halvings = (oscillating: 0, stuck: 0)
  private var current: [Double] = []
  /// Where the last step began: the best iterate after a halving.
  private var before: [Double]?
  private var stepSize = 0.0
  private var share = 0.2
  private var support: Int
  private var wasHalved = true
  private var bestAtCheckpoint = 0

  init(
    threat: ThreatModel, clean: [Double], steps: Int, startsSparse: Bool = false,
    loss: @escaping ([Double]) -> Double, gradient: @escaping ([Double]) -> [Double]
  ) {
    self.threat = threat
    self.clean = clean
    self.steps = steps
    self.startsSparse = startsSparse
    self.loss = loss
    self.gradient = gradient
    support = clean.count
    stepSize = epsilon * (threat.norm == .l1 ? 1 : 2)
  }

  private var epsilon: Double { Double(threat.epsilon) }
  private var best: Int {
    losses.indices.max { losses[$0] < losses[$1] || (losses[$0] == losses[$1] && $0 > $1) } ?? 0
  }

  /// The iterations that end a period: 22 % of all, then ever 3 % less, at least 6 %; 4 % each for l1.
  private var checkpoints: [Int] {
    if threat.norm == .l1 {
      return Array(stride(from: max(steps / 25, 1), through: steps, by: max(steps / 25, 1)))
    }
    var (ends, period) = ([0], 22 * steps / 100)
    while let last = ends.last, last < steps {
      ends.append(last + period)
      period = max(period - 3 * steps / 100, 6 * steps / 100)
    }
    return ends.dropFirst().filter { $0 <= steps }
  }

  /// Takes note of iterate number `visited.count`.
  mutating func visit(_ image: [Double]) {
    if !visited.isEmpty { before = current }
    visited.append(image)
    if startsSparse && visited.count == 1 {
      support = changed(image)
      share = Double(support) / Double(clean.count) / 1.5
    }
    losses.append(loss(image))
    current = image
    let number = visited.count - 1
    if let place = checkpoints.firstIndex(of: number) {
      if threat.norm == .l1 {
        adaptSparsity()
      } else {
        adaptStep(since: place == 0 ? 0 : checkpoints[place - 1], to: number)
      }
    }
    stepSizes.append(stepSize)
  }

  private mutating func adaptStep(since start: Int, to end: Int) {
    let rises = (start + 1...end).count { losses[$0] > losses[$0 - 1] }
    let oscillates = rises * 4 <= 3 * (end - start)
    let isStuck = !wasHalved && losses[bestAtCheckpoint] == losses[best]
    if oscillates { halvings.oscillating += 1 } else if isStuck { halvings.stuck += 1 }
    wasHalved = oscillates || isStuck
    bestAtCheckpoint = best
    if wasHalved {
      stepSize /= 2
      current = visited[best]
    }
  }

  /// The iterate of highest loss so far.
  var bestImage: [Double] { visited[best] }

  private func changed(_ image: [Double]) -> Int { zip(image, clean).count { $0 != $1 } }

  private mutating func adaptSparsity() {
    let now = changed(bestImage)
    share = Double(now) / Double(clean.count) / 1.5
    if Double(now) / Double(support) < 0.95 {
      stepSize = epsilon
      current = visited[best]
    } else {
      stepSize = min(max(stepSize / 1.5, epsilon / 10), epsilon)
    }
    support = now
  }

  /// Where the next iterate should be, and how far the gradient is from a tie that rounding could decide.
  func next() -> (image: [Double], clearance: Double) {
    let direction = gradient(current)
    let magnitudes = direction.map(abs)
    let largest = magnitudes.max() ?? 0
    if threat.norm == .l1 {
      let kept = clean.count - min(Int((1 - share) * Double(clean.count)), clean.count - 1)
      let ordered = magnitudes.sorted(by: >)
      let moving = direction.indices.filter { magnitudes[$0] >= ordered[kept - 1] }
      var image = current
      for j in moving { image[j] += (direction[j] > 0 ? 1 : -1) * stepSize / Double(moving.count) }
      let gap = kept < ordered.count ? ordered[kept - 1] - ordered[kept] : 1
      return (project(image), min(gap, ordered[kept - 1]) / largest)
    }
    let momentum = before == nil ? 0 : 0.25
    let before = before ?? current
    let length = magnitudes.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let ahead = project(
      current.indices.map { j in
        let unit =
          threat.norm == .l2 ? direction[j] / length : direction[j] > 0 ? 1 : direction[j] < 0 ? -1 : 0
        return current[j] + stepSize * unit
      })
    let image = current.indices.map { j in
      current[j] + (1 - momentum) * (ahead[j] - current[j]) + momentum * (current[j] - before[j])
    }
    return (project(image), threat.norm == .linf ? (magnitudes.min() ?? 0) / largest : 1)
  }

  /// The point of ball and box that an image is brought to.
  func project(_ image: [Double]) -> [Double] {
    let change = zip(image, clean).map { $0 - $1 }
    switch threat.norm {
    case .linf:
      return zip(change, clean).map { min(max($1 + min(max($0, -epsilon), epsilon), 0), 1) }
    case .l2:
      let length = change.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return zip(change, clean).map { min(max($1 + $0 * min(1, epsilon / length), 0), 1) }
    case .l1:
      func shrunk(_ multiplier: Double) -> [Double] {
        zip(change, clean).map { d, x in
          min(max(x + (d < 0 ? -1 : 1) * max(abs(d) - multiplier, 0), 0), 1)
        }
      }
      func length(_ multiplier: Double) -> Double {
        zip(shrunk(multiplier), clean).reduce(0) { $0 + abs($1.0 - $1.1) }
      }
      if length(0) <= epsilon { return shrunk(0) }
      var (low, high) = (0.0, 4.0)
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if length(middle) > epsilon { low = middle } else { high = middle }
      }
      return shrunk(high)
    }
  }
}
