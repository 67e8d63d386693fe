import Attacks
import Networks
import ReferenceNetworks
import Tensors

/// Interval and linear bounds in real numbers with dense matrices, written from the papers: a second opinion without
/// windows, lanes or allowances for rounding.
///
/// Intervals between layers are those of IBP; tight ones are, behind every layer with weights but the first and the last,
/// intersected with CROWN's wherever the relaxations before the next layer with weights depend on them. Which values
/// those are matters: the next intervals come from these, and the slope of a ReLU's lower line is 0 or 1 by them.
struct NaiveBounds {
  typealias Vector = [Double]
  typealias Interval = (lower: Vector, upper: Vector)

  enum Step {
    case affine([Vector], Vector)
    case relu
    case maximum([[Int]])
  }

  let steps: [Step]
  /// Which steps are layers with weights.
  let hasWeights: [Bool]

  init(_ architecture: Architecture, _ parameters: ParameterArena) {
    func values(_ name: String) -> Vector {
      parameters.layout[name].map { parameters.values($0).map(Double.init) } ?? []
    }
    var shape = architecture.input
    var steps: [Step] = []
    for layer in architecture.layers {
      switch layer {
      case .linear(let name, let outputs, _, _):
        let (weights, count) = (values("\(name).weight"), shape.elements)
        steps.append(
          .affine((0..<outputs).map { Array(weights[$0 * count..<($0 + 1) * count]) }, values("\(name).bias"))
        )
        shape = ImageShape(channels: outputs, height: 1, width: 1)
      case .convolution(let name, let outputs, let kernel, let stride, let padding, _, _):
        let reference = ReferenceConvolution(
          inputChannels: shape.channels, height: shape.height, width: shape.width, outputChannels: outputs,
          kernel: kernel, stride: stride, padding: padding)
        let plane = reference.outputHeight * reference.outputWidth
        let weights = values("\(name).weight")
        // A row of the matrix is the gradient of an output.
        let rows = (0..<reference.outputCount).map { row in
          reference.inputGradient(
            (0..<reference.outputCount).map { $0 == row ? 1 : 0 }, weights: weights)
        }
        let bias = values("\(name).bias")
        steps.append(.affine(rows, (0..<reference.outputCount).map { bias[$0 / plane] }))
        shape = ImageShape(channels: outputs, height: reference.outputHeight, width: reference.outputWidth)
      case .relu:
        steps.append(.relu)
      case .maxPooling(let window), .averagePooling(let window):
        let pooling = ReferencePooling(
          channels: shape.channels, height: shape.height, width: shape.width, window: window, stride: window)
        let taps = (0..<pooling.outputCount).map(pooling.taps)
        if case .maxPooling = layer {
          steps.append(.maximum(taps))
        } else {
          let rows = taps.map { taps in
            (0..<shape.elements).map { taps.contains($0) ? 1 / Double(window * window) : 0 }
          }
          steps.append(.affine(rows, taps.map { _ in 0 }))
        }
        shape = ImageShape(channels: shape.channels, height: pooling.outputHeight, width: pooling.outputWidth)
      case .flatten:
        shape = ImageShape(channels: shape.elements, height: 1, width: 1)
      default:
        break
      }
    }
    self.steps = steps
    hasWeights = architecture.layers.compactMap { layer -> Bool? in
      switch layer {
      case .linear, .convolution: true
      case .relu, .maxPooling, .averagePooling: false
      default: nil
      }
    }
  }

  /// Lower bounds on linear functions of the outputs over a linf set.
  ///
  /// Three of each: by intervals, with intervals between, and all the way back.
  func margins(_ rows: [Vector], over set: Interval) -> (ibp: Vector, crownIBP: Vector, crown: Vector) {
    let loose = intervals(set, isTight: false)
    let tight = intervals(set, isTight: true)
    let crownIBP = rows.map { lower($0, behind: steps.count, loose) }
    // The last layer merged with the margins, too, from the tighter intervals before it.
    let crown = rows.map { max(lower($0, behind: steps.count, tight), merged($0, tight)) }
    return (rows.map { merged($0, loose) }, crownIBP, crown)
  }

  private func merged(_ row: Vector, _ intervals: [Interval]) -> Double {
    guard case .affine(let matrix, let bias) = steps[steps.count - 1] else { return -.infinity }
    let (coefficients, constant) = (product(row, matrix), dot(row, bias))
    return constant + least(coefficients, intervals[steps.count - 1])
  }

  private func intervals(_ set: Interval, isTight: Bool) -> [Interval] {
    var all = [set]
    for (index, step) in steps.enumerated() {
      all.append(interval(behind: step, all[index]))
      guard isTight && index > 0, case .affine(let matrix, _) = step else { continue }
      for row in valuesThatMatter(behind: index, all[index + 1]) {
        var unit = Vector(repeating: 0, count: matrix.count)
        unit[row] = 1
        let lower = self.lower(unit, behind: index + 1, all)
        unit[row] = -1
        let upper = -self.lower(unit, behind: index + 1, all)
        all[index + 1].lower[row] = max(all[index + 1].lower[row], lower)
        all[index + 1].upper[row] = min(all[index + 1].upper[row], upper)
      }
    }
    return all
  }

  private func interval(behind step: Step, _ input: Interval) -> Interval {
    switch step {
    case .affine(let matrix, let bias):
      (
        zip(matrix, bias).map { $1 + least($0, input) },
        zip(matrix, bias).map { $1 - least($0.map { -$0 }, input) }
      )
    case .relu:
      (input.lower.map { max($0, 0) }, input.upper.map { max($0, 0) })
    case .maximum(let taps):
      (
        taps.map { $0.map { input.lower[$0] }.max() ?? 0 },
        taps.map { $0.map { input.upper[$0] }.max() ?? 0 }
      )
    }
  }

  /// The outputs of a layer with weights whose intervals the relaxations before the next such layer depend on.
  private func valuesThatMatter(behind index: Int, _ outputs: Interval) -> [Int] {
    guard hasWeights[index], let next = hasWeights[(index + 1)...].firstIndex(of: true), next > index + 1
    else { return [] }
    var ahead = [outputs]
    for step in steps[(index + 1)..<next] {
      ahead.append(interval(behind: step, ahead[ahead.count - 1]))
    }
    var matters = Set(ahead[ahead.count - 1].lower.indices)
    for (input, place) in zip(ahead, index + 1..<next).reversed() {
      switch steps[place] {
      case .affine:
        matters = Set(input.lower.indices)
      case .relu:
        matters = matters.filter { input.lower[$0] < 0 && input.upper[$0] > 0 }
      case .maximum(let taps):
        var isRectified = false
        if case .relu = steps[place + 1] { isRectified = true }
        matters = Set(
          taps.enumerated().flatMap { i, taps -> [Int] in
            let ranked = taps.sorted { input.upper[$0] > input.upper[$1] }
            // A ReLU makes zero of it, whatever it is.
            if isRectified && input.upper[ranked[0]] <= 0 { return [] }
            // One input is the largest for the whole set, and the maximum no other than it.
            if ranked.dropFirst().allSatisfy({ input.upper[$0] <= input.lower[ranked[0]] }) {
              return matters.contains(i) ? [ranked[0]] : []
            }
            let floor = taps.map { input.lower[$0] }.max() ?? 0
            return taps.filter { input.upper[$0] > floor }
          })
      }
    }
    return matters.sorted()
  }

  /// A lower bound on a linear function of what is behind a step, as a linear function of the image.
  private func lower(_ row: Vector, behind step: Int, _ intervals: [Interval]) -> Double {
    var (a, constant) = (row, 0.0)
    for index in stride(from: step - 1, through: 0, by: -1) {
      let input = intervals[index]
      switch steps[index] {
      case .affine(let matrix, let bias):
        constant += dot(a, bias)
        a = product(a, matrix)
      case .relu:
        for i in a.indices {
          let (l, u) = (input.lower[i], input.upper[i])
          if u <= 0 {
            a[i] = 0
          } else if l < 0 {
            if a[i] >= 0 {
              if u <= -l { a[i] = 0 }
            } else {
              constant += a[i] * -l * u / (u - l)
              a[i] *= u / (u - l)
            }
          }
        }
      case .maximum(let taps):
        var back = Vector(repeating: 0, count: input.lower.count)
        for (i, taps) in taps.enumerated() {
          let byLower = taps.reduce(taps[0]) { input.lower[$1] > input.lower[$0] ? $1 : $0 }
          let byUpper = taps.reduce(taps[0]) { input.upper[$1] > input.upper[$0] ? $1 : $0 }
          if a[i] >= 0 {
            back[byLower] += a[i]
          } else {
            let second = taps.filter { $0 != byUpper }.map { input.upper[$0] }.max() ?? -.infinity
            let level = max(second, input.lower[byLower])
            let (l, u) = (input.lower[byUpper], input.upper[byUpper])
            let slope = level <= l ? 1 : (u - level) / (u - l)
            back[byUpper] += a[i] * slope
            constant += a[i] * (level <= l ? 0 : level - slope * l)
          }
        }
        a = back
      }
    }
    return constant + least(a, intervals[0])
  }

  private func least(_ a: Vector, _ interval: Interval) -> Double {
    a.indices.reduce(0) { $0 + (a[$1] >= 0 ? a[$1] * interval.lower[$1] : a[$1] * interval.upper[$1]) }
  }

  private func dot(_ a: Vector, _ b: Vector) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  private func product(_ a: Vector, _ matrix: [Vector]) -> Vector {
    var result = Vector(repeating: 0, count: matrix[0].count)
    for (factor, row) in zip(a, matrix) where factor != 0 {
      for i in row.indices { result[i] += factor * row[i] }
    }
    return result
  }
}
