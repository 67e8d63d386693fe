import Kernels
import ReferenceNetworks
import Testing

@Suite("Passes over intervals and linear bounds")
struct BoundPassTests {
  /// A length that leaves a tail behind every register width, with zeros of both signs among the values.
  private static let count = 317
  private static func values(_ seed: UInt64) -> [Float] {
    var values = uniformValues(count, seed: seed)
    for i in stride(from: 3, to: count, by: 29) { values[i] = i % 2 == 0 ? 0 : -0.0 }
    return values
  }
  private static let centre = values(1)
  /// Many are zero: intervals of one point.
  private static let radius = values(2).map { max($0, 0) }
  private static let other = values(3)
  private static let more = values(4)

  private static func intervals(_ passes: IntervalPasses) -> [Float] {
    var (lower, upper) = (centre, centre)
    passes.ends(centre: centre, radius: radius, lower: &lower, upper: &upper, count)
    var (middle, reach) = (centre, centre)
    passes.centres(lower: lower, upper: upper, centre: &middle, radius: &reach, count)
    var (outputCentre, outputRadius) = (centre, centre)
    passes.relu(
      centre: centre, radius: radius, outputCentre: &outputCentre, outputRadius: &outputRadius, count)
    var (centreGradient, radiusGradient) = (other, more)
    passes.reluGradient(
      centre: centre, radius: radius, centreGradient: &centreGradient, radiusGradient: &radiusGradient, count)
    var magnitudes = centre
    passes.magnitudes(of: other, into: &magnitudes, count)
    var sum = more
    passes.addSigned(&sum, signs: other, centre, count)
    let margin = passes.margin(centre: centre, radius: radius, own: other, other: more, count)
    var tensors = [centre, radius, other, more]
    var gradients = [more, other, centre, radius]
    tensors.withPointers { tensors in
      gradients.withPointers { gradients in
        passes.addMarginGradient(
          0.3,
          at: .init(centre: tensors[0], radius: tensors[1], own: tensors[2], other: tensors[3]),
          to: .init(centre: gradients[0], radius: gradients[1], own: gradients[2], other: gradients[3]),
          count)
      }
    }
    return lower + upper + middle + reach + outputCentre + outputRadius + centreGradient + radiusGradient
      + magnitudes + sum + halves(of: margin) + gradients.joined()
  }

  private static func relaxations(_ passes: RelaxationPasses) -> [Float] {
    var lines = [centre, centre, centre]
    var result = centre
    var coefficientGradient = centre
    var (slopeGradient, offsetGradient) = (more, other)
    var (toCentre, toRadius) = (other, more)
    var constant = 0.0
    lines.withPointers { pointers in
      let lines = RelaxationPasses.Lines(below: pointers[0], slope: pointers[1], offset: pointers[2])
      passes.lines(centre: centre, radius: radius, into: lines, count)
      constant = passes.relax(other, lines, into: &result, count)
      passes.relaxGradient(
        0.3, other, lines, resultGradient: more, coefficientGradient: &coefficientGradient,
        slopeGradient: &slopeGradient, offsetGradient: &offsetGradient, count)
    }
    passes.addLinesGradient(
      centre: centre, radius: radius, slopeGradient: slopeGradient, offsetGradient: offsetGradient,
      toCentre: &toCentre, toRadius: &toRadius, count)
    var gradient = centre
    passes.leastGradient(0.3, other, centre: centre, radius: radius, into: &gradient, count)
    let sums = [
      constant, passes.dot(other, more, count), passes.least(other, centre: centre, radius: radius, count),
    ]
    return lines.joined() + result + coefficientGradient + slopeGradient + offsetGradient + toCentre
      + toRadius
      + gradient + sums.flatMap(halves)
  }

  private static func halves(of value: Double) -> [Float] {
    let bits = value.bitPattern
    return [UInt32(truncatingIfNeeded: bits), UInt32(bits >> 32)].map(Float.init(bitPattern:))
  }

  @Test("Every instruction set gives the same bits")
  func sameBits() throws {
    let intervals = Self.intervals(try #require(IntervalPasses(.portable)))
    let relaxations = Self.relaxations(try #require(RelaxationPasses(.portable)))
    for set in InstructionSet.allCases where set <= InstructionSet.supported {
      #expect(bits(Self.intervals(try #require(IntervalPasses(set)))) == bits(intervals), "\(set)")
      #expect(bits(Self.relaxations(try #require(RelaxationPasses(set)))) == bits(relaxations), "\(set)")
    }
  }

  @Test("ReLU and its lines hold for every point of an interval")
  func lines() {
    let passes = RelaxationPasses.selected
    var lines = [Self.centre, Self.centre, Self.centre]
    lines.withPointers {
      passes.lines(
        centre: Self.centre, radius: Self.radius, into: .init(below: $0[0], slope: $0[1], offset: $0[2]),
        Self.count)
    }
    var (centre, radius) = (Self.centre, Self.centre)
    IntervalPasses.selected.relu(
      centre: Self.centre, radius: Self.radius, outputCentre: &centre, outputRadius: &radius, Self.count)
    for i in 0..<Self.count {
      for part in [-1, -0.6, 0, 0.3, 1] as [Float] {
        let x = Self.centre[i] + part * Self.radius[i]
        let y = max(x, 0)
        #expect(lines[0][i] * x <= y + 1e-6)
        #expect(lines[1][i] * x + lines[2][i] >= y - 1e-6)
        #expect(abs(y - centre[i]) <= radius[i] + 1e-6)
      }
    }
  }
}

extension [[Float]] {
  /// Runs `body` with a pointer to every one of these tensors.
  fileprivate mutating func withPointers(_ body: ([UnsafeMutablePointer<Float>]) -> Void) {
    let pointers = map { tensor in
      let memory = UnsafeMutablePointer<Float>.allocate(capacity: tensor.count)
      memory.initialize(from: tensor, count: tensor.count)
      return memory
    }
    body(pointers)
    for (index, pointer) in pointers.enumerated() {
      self[index] = Array<Float>(UnsafeBufferPointer(start: pointer, count: self[index].count))
      pointer.deallocate()
    }
  }
}
