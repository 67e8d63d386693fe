import Kernels
import ReferenceNetworks
import Tensors
import Testing

@Suite("Normalization by channel")
struct ChannelNormalizationTests {
  /// A problem in one of the layouts; channels that fill no block, and a single one.
  struct Case: CustomTestStringConvertible, Sendable {
    var channels: Int
    var lanes: Int
    var activation: Activation
    var layout: ActivationLayout {
      ActivationLayout(channels: channels, height: 3, width: 5, lanes: lanes)
    }
    var testDescription: String { "\(channels) channels in \(lanes) lanes, \(activation)" }
  }

  static let cases = [8, 16].flatMap { lanes in
    [1, 13, 32].flatMap { channels in
      Activation.allCases.map { Case(channels: channels, lanes: lanes, activation: $0) }
    }
  }
  static let samples = 3

  /// All that the passes compute, in the order in which they compute it.
  private struct Results {
    var sums: [Double]
    var squares: [Double]
    var y: [Float]
    var gradientSums: [Double]
    var products: [Double]
    var corrected: [Float]
    var plain: [Float]
  }

  /// Blocked values of all samples from plain ones.
  private func blocked(_ plain: [Float], _ layout: ActivationLayout) -> AlignedBuffer<Float> {
    let buffer = AlignedBuffer<Float>(count: Self.samples * layout.elements)
    Passes.selected.block(plain, into: buffer.pointer, layout, samples: Self.samples)
    return buffer
  }

  private func numbers(_ problem: Case, seed: UInt64) -> AlignedBuffer<Float> {
    let buffer = AlignedBuffer<Float>(count: problem.layout.planes * problem.lanes)
    buffer.pointer.update(from: uniformValues(problem.channels, seed: seed), count: problem.channels)
    return buffer
  }

  private func run(_ problem: Case, _ set: InstructionSet) -> Results {
    let layout = problem.layout
    let passes = ChannelNormalization(layout, problem.activation, instructionSet: set)
    let count = layout.planes * layout.lanes
    let x = blocked(uniformValues(Self.samples * layout.values, seed: 1), layout)
    let gradient = blocked(uniformValues(Self.samples * layout.values, seed: 2), layout)
    let addend = blocked(uniformValues(Self.samples * layout.values, seed: 3), layout)
    let (scale, shift, centre) = (
      numbers(problem, seed: 4), numbers(problem, seed: 5), numbers(problem, seed: 6)
    )
    let (offset, slope) = (numbers(problem, seed: 7), numbers(problem, seed: 8))
    let y = AlignedBuffer<Float>(count: x.count)
    func doubles(_ body: (UnsafeMutablePointer<Double>) -> Void) -> [Double] {
      let buffer = AlignedBuffer<Double>(count: count)
      body(buffer.pointer)
      return Array(buffer.elements)
    }
    let sums = doubles { passes.sums(of: x.pointer, into: $0, samples: Self.samples) }
    let squares = doubles {
      passes.squares(of: x.pointer, around: centre.pointer, into: $0, samples: Self.samples)
    }
    passes.forward(
      x.pointer, scale: scale.pointer, shift: shift.pointer, into: y.pointer, samples: Self.samples)
    var gradientSums: [Double] = []
    let products = doubles { products in
      gradientSums = doubles {
        passes.gradientSums(
          x.pointer, y.pointer, gradient: gradient.pointer, scale: scale.pointer, shift: shift.pointer,
          centre: centre.pointer, sums: $0, products: products, samples: Self.samples)
      }
    }
    let corrected = AlignedBuffer<Float>(count: x.count)
    passes.backward(
      x.pointer, y.pointer, gradient: gradient.pointer, scale: scale.pointer, shift: shift.pointer,
      correction: ChannelNormalization.Correction(
        offset: offset.pointer, slope: slope.pointer, centre: centre.pointer),
      addend: addend.pointer, into: corrected.pointer, samples: Self.samples)
    // In place, without the other terms.
    passes.backward(
      x.pointer, y.pointer, gradient: gradient.pointer, scale: scale.pointer, shift: shift.pointer,
      correction: nil, addend: nil, into: gradient.pointer, samples: Self.samples)
    return Results(
      sums: sums, squares: squares, y: Array(y.elements), gradientSums: gradientSums, products: products,
      corrected: Array(corrected.elements), plain: Array(gradient.elements))
  }

  @Test("The passes compute what they say", arguments: cases)
  func values(_ problem: Case) {
    let layout = problem.layout
    let found = run(problem, .selected)
    let (x, gradient, addend) = (
      uniformValues(Self.samples * layout.values, seed: 1),
      uniformValues(Self.samples * layout.values, seed: 2),
      uniformValues(Self.samples * layout.values, seed: 3)
    )
    let channels = problem.channels
    func channel(_ seed: UInt64) -> [Double] { uniformValues(channels, seed: seed).map(Double.init) }
    let (scale, shift, centre, offset, slope) = (channel(4), channel(5), channel(6), channel(7), channel(8))
    let area = layout.height * layout.width
    var sums = [Double](repeating: 0, count: channels)
    var (squares, gradientSums, products) = (sums, sums, sums)
    var y = [Double](repeating: 0, count: Self.samples * layout.elements)
    var (corrected, plain) = (y, y)
    for sample in 0..<Self.samples {
      for c in 0..<channels {
        for i in 0..<area {
          let at = (sample * channels + c) * area + i
          let to =
            sample * layout.elements
            + layout.index(channel: c, row: i / layout.width, column: i % layout.width)
          let value = Double(x[at])
          let z = scale[c] * value + shift[c]
          let sigmoid = 1 / (1 + DeterministicMath.exp(-z))
          let (f, derivative) =
            switch problem.activation {
            case .identity: (z, 1.0)
            case .relu: (max(z, 0), z > 0 ? 1.0 : 0)
            case .swish: (z * sigmoid, sigmoid * (1 + z * (1 - sigmoid)))
            }
          let g = derivative * Double(gradient[at])
          sums[c] += value
          squares[c] += (value - centre[c]) * (value - centre[c])
          gradientSums[c] += g
          products[c] += g * (value - centre[c])
          y[to] = f
          plain[to] = scale[c] * g
          corrected[to] = scale[c] * g + offset[c] + slope[c] * (value - centre[c]) + Double(addend[at])
        }
      }
    }
    #expect(relativeError(found.sums.prefix(channels).map(Float.init), sums) < 1e-6)
    #expect(relativeError(found.squares.prefix(channels).map(Float.init), squares) < 1e-6)
    #expect(relativeError(found.gradientSums.prefix(channels).map(Float.init), gradientSums) < 1e-6)
    #expect(relativeError(found.products.prefix(channels).map(Float.init), products) < 1e-6)
    #expect(relativeError(found.y, y) < 1e-6)
    #expect(relativeError(found.plain, plain) < 1e-6)
    #expect(relativeError(found.corrected, corrected) < 1e-6)
  }

  @Test("All instruction sets give the same bits", arguments: cases)
  func instructionSets(_ problem: Case) {
    let portable = run(problem, .portable)
    for set in InstructionSet.allCases where set <= .supported {
      let other = run(problem, set)
      #expect(other.sums == portable.sums && other.squares == portable.squares, "\(set)")
      #expect(other.gradientSums == portable.gradientSums && other.products == portable.products, "\(set)")
      #expect(bits(other.y) == bits(portable.y), "\(set)")
      #expect(bits(other.corrected) == bits(portable.corrected), "\(set)")
      #expect(bits(other.plain) == bits(portable.plain), "\(set)")
    }
  }

  @Test("Swish is exact to rounding over the whole range, and keeps NaN")
  func swish() {
    let x = stride(from: Float(-120), through: 120, by: 0.37).map { $0 }
    var y = x
    Passes.selected.swish(x, into: &y, x.count)
    for (value, found) in zip(x, y) {
      let expected = Double(value) / (1 + DeterministicMath.exp(-Double(value)))
      // Below -87 the exponential no longer fits float32, and swish is all but zero.
      #expect(abs(Double(found) - expected) <= 4e-7 * abs(expected) + 1e-35, "\(value)")
    }
    var gradient: [Float] = [1]
    Passes.selected.swishGradient(&gradient, input: [.nan], 1)
    #expect(gradient[0].isNaN)
  }

  @Test("Means over planes and their gradients", arguments: [1, 8, 16])
  func means(lanes: Int) {
    let layout = ActivationLayout(channels: 13, height: 4, width: 3, lanes: lanes)
    let x = uniformValues(layout.values, seed: 1)
    var blocked = [Float](repeating: 0, count: layout.elements)
    if lanes > 1 { Passes.selected.block(x, into: &blocked, layout, samples: 1) } else { blocked = x }
    var means = [Float](repeating: .nan, count: layout.planes * lanes)
    Passes.selected.planeMeans(layout, blocked, into: &means, samples: 1)
    let expected = (0..<13).map { c in x[c * 12..<c * 12 + 12].reduce(0) { $0 + Double($1) } / 12 }
    #expect(relativeError(means.prefix(13), expected) < 1e-6)
    #expect(means.dropFirst(13).allSatisfy { $0 == 0 })

    Passes.selected.planeMeansGradient(layout, outputGradient: means, into: &blocked, samples: 1)
    for c in 0..<13 {
      for i in 0..<12 {
        #expect(blocked[layout.index(channel: c, row: i / 3, column: i % 3)] == means[c] * (1 / Float(12)))
      }
    }
  }
}
