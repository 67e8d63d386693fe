import Networks
import Tensors

/// Where the Square attack begins, and what it tries next, in one norm.
///
/// Writes proposals into the model's images, and keeps the best examples in step with what was accepted.
protocol SquareProposals {
  /// Writes the starting point of a row, whose image is the clean one.
  func begin(_ row: Int, _ stream: inout RandomStream)
  /// Prepares what all rows share in a query.
  func prepare(_ query: Int)
  /// Writes a change of the best example of a row.
  func propose(_ row: Int, _ stream: inout RandomStream)
  /// Makes the proposal the best example.
  func accept(_ row: Int)
  /// Forgets the proposal.
  func reject(_ row: Int)
}

extension RandomStream {
  /// +1 or -1.
  mutating func sign() -> Float { nextWord() & 1 == 0 ? -1 : 1 }

  /// Where a square of a side begins in a line of pixels; as published, the last place is never drawn.
  mutating func place(of side: Int, in length: Int) -> Int {
    Int(index(below: UInt32(max(length - side, 1))))
  }
}

/// The squares of the Square attack for linf: at one end of the set in every pixel.
final class ConstantSquares: SquareProposals {
  private struct Square {
    var top = 0
    var left = 0
    var side = 0
  }

  private let batch: AttackBatch
  private let model: any DifferentiableClassifier
  private let shape: ImageShape
  private let best: AlignedBuffer<Float>
  private let schedule: SquareSchedule
  private var side = 0
  private var squares: [Square]

  init(
    _ threat: ThreatModel, _ batch: AttackBatch, _ model: any DifferentiableClassifier,
    _ best: AlignedBuffer<Float>
  ) {
    self.batch = batch
    self.model = model
    self.best = best
    shape = model.imageShape
    schedule = SquareSchedule(height: shape.height, width: shape.width, centred: false)
    squares = Array(repeating: Square(), count: batch.capacity)
    threat.linfSet(
      of: batch.images.pointer, lower: batch.lower.pointer, upper: batch.upper.pointer,
      count: batch.count * batch.imageElements)
  }

  func begin(_ row: Int, _ stream: inout RandomStream) {
    for channel in 0..<shape.channels {
      for column in 0..<shape.width {
        let end = stream.sign() > 0 ? batch.upper.pointer : batch.lower.pointer
        for line in 0..<shape.height {
          let pixel = place(row, channel, line, column)
          model.images[pixel] = end[pixel]
        }
      }
    }
  }

  func prepare(_ query: Int) {
    side = schedule.side(query: query)
  }

  func propose(_ row: Int, _ stream: inout RandomStream) {
    let top = stream.place(of: side, in: shape.height)
    let left = stream.place(of: side, in: shape.width)
    squares[row] = Square(top: top, left: left, side: side)
    for channel in 0..<shape.channels {
      let end = stream.sign() > 0 ? batch.upper.pointer : batch.lower.pointer
      copySquare(row, channel, from: end, to: model.images)
    }
  }

  func accept(_ row: Int) {
    for channel in 0..<shape.channels {
      copySquare(row, channel, from: model.images, to: best.pointer)
    }
  }

  func reject(_ row: Int) {
    for channel in 0..<shape.channels {
      copySquare(row, channel, from: best.pointer, to: model.images)
    }
  }

  private func place(_ row: Int, _ channel: Int, _ line: Int, _ column: Int) -> Int {
    ((row * shape.channels + channel) * shape.height + line) * shape.width + column
  }

  /// Only the square is touched: the rest of the image is the best example already.
  private func copySquare(
    _ row: Int, _ channel: Int, from source: UnsafeMutablePointer<Float>,
    to target: UnsafeMutablePointer<Float>
  ) {
    let square = squares[row]
    for line in square.top..<square.top + square.side {
      let first = place(row, channel, line, square.left)
      for i in first..<first + square.side { target[i] = source[i] }
    }
  }
}
