import Kernels
import Networks
import Tensors

/// The squares of the Square attack for l2 and l1: a pattern is added to a square, which takes over the length that
/// a second square gives up and what is left of the ball.
final class PatternedSquares: SquareProposals {
  /// The places of two squares of one side.
  private struct Pair {
    let top: Int
    let left: Int
    let otherTop: Int
    let otherLeft: Int
    let side: Int

    /// Whether a pixel of the other square is in the first one too.
    func isShared(_ line: Int, _ column: Int) -> Bool {
      top <= line && line < top + side && left <= column && column < left + side
    }
  }

  private let threat: ThreatModel
  private let batch: AttackBatch
  private let model: any DifferentiableClassifier
  private let shape: ImageShape
  private let best: AlignedBuffer<Float>
  private let schedule: SquareSchedule
  private let passes = Passes.selected
  private let radius: Double
  /// The perturbation of the row at hand.
  private let change: AlignedBuffer<Float>
  /// The new values of one square.
  private let window: AlignedBuffer<Double>
  private var pattern: SquarePattern

  init(
    _ threat: ThreatModel, _ batch: AttackBatch, _ model: any DifferentiableClassifier,
    _ best: AlignedBuffer<Float>
  ) {
    self.threat = threat
    self.batch = batch
    self.model = model
    self.best = best
    shape = model.imageShape
    schedule = SquareSchedule(height: shape.height, width: shape.width, centred: true)
    radius = Double(threat.epsilon)
    change = AlignedBuffer(count: batch.imageElements)
    let largest = min(shape.height, shape.width)
    window = AlignedBuffer(count: largest * largest)
    pattern = SquarePattern(threat.norm, largestSide: largest)
  }

  private var elements: Int { batch.imageElements }
  private func place(_ channel: Int, _ line: Int, _ column: Int) -> Int {
    (channel * shape.height + line) * shape.width + column
  }

  /// Tiles the image, five tiles a column, leaving out a margin above and to the left.
  func begin(_ row: Int, _ stream: inout RandomStream) {
    let side = max(min(shape.height, shape.width) / 5, 1)
    pattern.resize(to: side)
    change.pointer.update(repeating: 0, count: elements)
    let margin = max(shape.height - 5 * side, 0) / 2
    for top in stride(from: margin, to: shape.height, by: side).prefix(shape.height / side) {
      for left in stride(from: margin, to: shape.width, by: side).prefix(shape.width / side) {
        let isTransposed = stream.sign() > 0
        for channel in 0..<shape.channels {
          let sign = Double(stream.sign())
          for line in top..<min(top + side, shape.height) {
            for column in left..<min(left + side, shape.width) {
              change.pointer[place(channel, line, column)] = Float(
                sign * pattern.value(line - top, column - left, transposed: isTransposed))
            }
          }
        }
      }
    }
    writeImage(row)
  }

  func prepare(_ query: Int) {
    pattern.resize(to: schedule.side(query: query))
  }

  func propose(_ row: Int, _ stream: inout RandomStream) {
    let side = pattern.side
    let pair = Pair(
      top: stream.place(of: side, in: shape.height), left: stream.place(of: side, in: shape.width),
      otherTop: stream.place(of: side, in: shape.height), otherLeft: stream.place(of: side, in: shape.width),
      side: side)
    let isTransposed = stream.sign() > 0
    let clean = batch.image(row)
    let example = best.pointer + row * elements
    for i in 0..<elements { change.pointer[i] = example[i] - clean[i] }
    let used = threat.distance(clean, example, count: elements)
    for channel in 0..<shape.channels {
      redistribute(pair, channel, used: used, sign: Double(stream.sign()), isTransposed)
    }
    writeImage(row)
  }

  func accept(_ row: Int) {
    (best.pointer + row * elements).update(from: model.images + row * elements, count: elements)
  }

  /// Nothing to undo: the next proposal writes the whole image.
  func reject(_ row: Int) {}

  /// Adds the pattern to the direction of the first square of a channel, gives it the length of both squares and
  /// a share of what the ball has left, and empties the other square.
  private func redistribute(
    _ pair: Pair, _ channel: Int, used: Double, sign: Double, _ isTransposed: Bool
  ) {
    let isSum = threat.norm == .l1
    func measure(_ value: Double) -> Double { isSum ? abs(value) : value * value }
    func length(_ sum: Double) -> Double { isSum ? sum : sum.squareRoot() }
    let side = pair.side
    var own = 0.0
    for line in pair.top..<pair.top + side {
      for column in pair.left..<pair.left + side {
        own += measure(Double(change.pointer[place(channel, line, column)]))
      }
    }
    var both = own
    for line in pair.otherTop..<pair.otherTop + side {
      for column in pair.otherLeft..<pair.otherLeft + side where !pair.isShared(line, column) {
        both += measure(Double(change.pointer[place(channel, line, column)]))
      }
    }

    let ownLength = 1e-12 + length(own)
    var sum = 0.0
    for line in 0..<side {
      for column in 0..<side {
        let old = Double(change.pointer[place(channel, pair.top + line, pair.left + column)])
        let value = sign * pattern.value(line, column, transposed: isTransposed) + old / ownLength
        window.pointer[line * side + column] = value
        sum += measure(value)
      }
    }
    let channels = Double(shape.channels)
    let target =
      isSum
      ? (max(radius - used, 0) / channels + both) * channels
      : (max(radius * radius - used * used, 0) / channels + both).squareRoot()
    let factor = target / (1e-12 + length(sum))
    for line in pair.otherTop..<pair.otherTop + side {
      for column in pair.otherLeft..<pair.otherLeft + side {
        change.pointer[place(channel, line, column)] = 0
      }
    }
    for line in 0..<side {
      for column in 0..<side {
        change.pointer[place(channel, pair.top + line, pair.left + column)] = Float(
          factor * window.pointer[line * side + column])
      }
    }
  }

  /// Writes the clean image with the perturbation, brought to the ball and the box.
  private func writeImage(_ row: Int) {
    let clean = batch.image(row)
    let image = model.images + row * elements
    if threat.norm == .l1 {
      for i in 0..<elements { image[i] = clean[i] + change.pointer[i] }
      BoxedL1Projection(radius: radius * (1 - 1e-6), box: threat.box).project(image, around: clean, elements)
      return
    }
    let length = passes.sumOfSquares(change.pointer, elements).squareRoot()
    let factor = Float(radius / (length + 1e-12))
    image.update(from: clean, count: elements)
    passes.addScaled(image, factor, change.pointer, elements)
    if threat.box { for i in 0..<elements { image[i] = min(max(image[i], 0), 1) } }
  }
}
