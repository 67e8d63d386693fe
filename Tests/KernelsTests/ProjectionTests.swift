import Kernels
import ReferenceNetworks
import Tensors
import Testing

@Suite("Projections")
struct ProjectionTests {
  private static let weights = uniformValues(401, seed: 5)
  private static let points = uniformValues(401, seed: 6).map { min(max(0.7 * $0 + 0.5, 0), 1) }

  private func bits(_ values: [Double]) -> [UInt64] { values.map(\.bitPattern) }

  @Test("Every instruction set gives the same bits", arguments: Projections.Distance.allCases, [true, false])
  func instructionSets(distance: Projections.Distance, box: Bool) throws {
    var results: [[UInt32]] = []
    for set in InstructionSet.allCases where set <= .supported {
      let projections = try #require(Projections(set))
      var found: [UInt32] = []
      for count in [0, 1, 7, 8, 9, 16, 401] {
        for excess in [0.0, -1e-3, 0.5, 20, 1e4] {
          let (room, size) = (AlignedBuffer<Float>(count: count), AlignedBuffer<Float>(count: count))
          let order = AlignedBuffer<Int32>(count: count)
          var step = [Float](repeating: .nan, count: count)
          let length = projections.stepToPlane(
            from: Self.points, weights: Self.weights, excess: excess, in: distance, box: box, into: &step,
            count,
            .init(room: room.pointer, size: size.pointer, order: order.pointer))
          var moved = Array(Self.points.prefix(count))
          projections.combine(
            &moved, clean: Self.points.reversed(), step: step, cleanStep: Self.weights, reach: 1.05,
            share: 0.1,
            box: box, count)
          found += (step + moved + [Float(length)]).map(\.bitPattern)
        }
      }
      results.append(found)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test("Sums and maxima are those of their definitions, with the same bits from every instruction set")
  func sums() throws {
    let (w, x) = (Self.weights, Self.points)
    var results: [[UInt64]] = []
    for set in InstructionSet.allCases where set <= .supported {
      let projections = try #require(Projections(set))
      let found = [0, 1, 7, 8, 9, 100, 401].map { count in
        let indices = 0..<count
        let sums = [
          projections.sumOfMagnitudes(w, count), projections.sumOfMagnitudes(ofDifference: w, x, count),
          projections.dot(w, differenceOf: x, w, count), Double(projections.largestMagnitude(w, count)),
        ]
        let expected = [
          indices.reduce(0) { $0 + abs(Double(w[$1])) },
          indices.reduce(0) { $0 + abs(Double(w[$1]) - Double(x[$1])) },
          indices.reduce(0) { $0 + Double(w[$1]) * (Double(x[$1]) - Double(w[$1])) },
          indices.reduce(0) { max($0, abs(Double(w[$1]))) },
        ]
        #expect(zip(sums, expected).allSatisfy { abs($0 - $1) < 1e-11 })
        return bits(sums)
      }
      results.append(found.flatMap { $0 })
      #expect(projections.largestMagnitude([1, .nan, 2], 3).isNaN)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
