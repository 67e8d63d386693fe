import Kernels
import ReferenceNetworks
import Tensors
import Testing

@Suite("Element-wise passes")
struct ElementwiseTests {
  @Test("ReLU zeroes what is negative and keeps NaN")
  func relu() {
    let tiny = Float.leastNonzeroMagnitude
    var x: [Float] = [-1, -0.0, 0, 2, .nan, .infinity, -.infinity, tiny, -tiny]

    Passes.selected.relu(&x, x.count)

    #expect(x[0] == 0 && x[1] == 0 && x[2] == 0 && x[3] == 2)
    #expect(x[4].isNaN)
    #expect(x[5] == .infinity && x[6] == 0 && x[7] == tiny && x[8] == 0)
  }

  @Test("ReLU passes the gradient exactly where its output is positive")
  func reluGradient() {
    let output: [Float] = [0, 1, .leastNonzeroMagnitude, .infinity, 0, -0.0]
    var gradient: [Float] = [5, 6, 7, 8, .nan, 9]

    Passes.selected.reluGradient(&gradient, output: output, gradient.count)

    #expect(gradient == [0, 6, 7, 8, 0, 0])
  }

  @Test("Blocking and unblocking are inverse and put each value where the layout says", arguments: [8, 16])
  func blocking(lanes: Int) {
    for channels in [1, 3, 7, 8, 9, 16, 17, 20, 33] {
      let layout = ActivationLayout(channels: channels, height: 3, width: 5, lanes: lanes)
      let plain = uniformValues(2 * layout.values, seed: 1)
      var blocked = [Float](repeating: .nan, count: 2 * layout.elements)
      var back = [Float](repeating: .nan, count: plain.count)

      Passes.selected.block(plain, into: &blocked, layout, samples: 2)
      Passes.selected.unblock(blocked, into: &back, layout, samples: 2)

      #expect(back == plain)
      var expected = [Float](repeating: 0, count: blocked.count)
      for sample in 0..<2 {
        for c in 0..<channels {
          for y in 0..<3 {
            for x in 0..<5 {
              expected[sample * layout.elements + layout.index(channel: c, row: y, column: x)] =
                plain[sample * layout.values + (c * 3 + y) * 5 + x]
            }
          }
        }
      }
      #expect(blocked == expected)
    }
  }

  @Test("Scaling, adding and multiplying round once for each operation")
  func arithmetic() {
    let a = uniformValues(37, seed: 1)
    let b = uniformValues(37, seed: 2)
    var scaled = a
    var sum = a
    var scaledSum = a
    var product = a
    var newSum = [Float](repeating: .nan, count: 38)

    Passes.selected.scale(&scaled, by: 0.3, 37)
    Passes.selected.add(&sum, b, 37)
    Passes.selected.sum(a, b, into: &newSum, 37)
    Passes.selected.addScaled(&scaledSum, 0.3, b, 37)
    Passes.selected.multiply(&product, by: b, 37)

    #expect(scaled == a.map { $0 * 0.3 })
    #expect(sum == zip(a, b).map { $0 + $1 })
    #expect(newSum.dropLast() == sum[...] && newSum[37].isNaN)
    #expect(scaledSum == zip(a, b).map { x, y in x + Float(0.3 * y) })
    #expect(product == zip(a, b).map { $0 * $1 })
  }

  @Test("Sums of squares agree with Double sums at every length")
  func sums() {
    for count in [0, 1, 7, 8, 9, 16, 31, 1000] {
      let x = uniformValues(count, seed: 1)
      let y = uniformValues(count, seed: 2)
      let squares = x.reduce(0.0) { $0 + Double($1) * Double($1) }
      let distance = zip(x, y).reduce(0.0) { sum, pair in
        let difference = Double(pair.0) - Double(pair.1)
        return sum + difference * difference
      }

      #expect(abs(Passes.selected.sumOfSquares(x, count) - squares) <= 1e-13 * squares)
      #expect(abs(Passes.selected.squaredDistance(x, y, count) - distance) <= 1e-13 * distance)
    }
    #expect(Passes.selected.sumOfSquares([1, .nan], 2).isNaN)
    #expect(Passes.selected.sumOfSquares([1e30, 1e30], 2) > 1e60)
  }

  @Test("The largest difference is exact, and NaN wherever there is one")
  func largestDifference() {
    let x = uniformValues(100, seed: 1)
    let y = uniformValues(100, seed: 2)
    let expected = zip(x, y).map { abs($0 - $1) }.max() ?? 0

    #expect(Passes.selected.largestDifference(x, y, 100) == expected)
    #expect(Passes.selected.largestDifference(x, y, 0) == 0)
    for place in [0, 1, 50, 99] {
      var broken = x
      broken[place] = .nan
      #expect(Passes.selected.largestDifference(broken, y, 100).isNaN, "NaN at \(place)")
    }
  }

  @Test("NaN and infinities are counted")
  func nonFinite() {
    var x = [Float](repeating: 1, count: 40)
    #expect(Passes.selected.nonFiniteCount(x, 40) == 0)
    x[0] = .nan
    x[17] = .infinity
    x[39] = -.infinity
    x[20] = .greatestFiniteMagnitude
    #expect(Passes.selected.nonFiniteCount(x, 40) == 3)
  }
}
