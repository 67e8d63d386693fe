import Attacks
import Tensors
import Testing

@Suite("The projection on an l1 ball with a box")
struct BoxedL1ProjectionTests {
  private func projected(_ point: [Float], around clean: [Float], radius: Double, box: Bool) -> [Float] {
    var image = point
    image.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      BoxedL1Projection(radius: radius, box: box).project(start, around: clean, clean.count)
    }
    return image
  }

  private func distance(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) }
  }

  private func squared(_ a: [Float], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
  }

  /// Points around images, some far outside the box.
  private func cases(_ count: Int, elements: Int) -> [(point: [Float], clean: [Float], radius: Double)] {
    var random = stream(UInt32(300 + elements))
    return (0..<count).map { trial in
      let clean = (0..<elements).map { _ in min(max(1.6 * random.uniform() - 0.3, 0), 1) }
      let reach: Float = [0.02, 0.5, 3][trial % 3]
      let point = clean.map { $0 + reach * (random.uniform() < 0.3 ? 0 : random.symmetric()) }
      return (point, clean, Double(elements) * [0.001, 0.05, 0.2, 0.4][trial % 4])
    }
  }

  @Test("Agrees with a search for the multiplier in small steps of bisection", arguments: [true, false])
  func bisection(box: Bool) {
    var shrunk = 0
    for (point, clean, radius) in cases(60, elements: 50) {
      func nearest(_ multiplier: Double) -> [Double] {
        zip(point, clean).map { value, centre in
          let change = Double(value) - Double(centre)
          let size = max(abs(change) - multiplier, 0)
          let moved = Double(centre) + (change < 0 ? -size : size)
          return box ? min(max(moved, 0), 1) : moved
        }
      }
      func length(_ multiplier: Double) -> Double {
        zip(nearest(multiplier), clean).reduce(0) { $0 + abs($1.0 - Double($1.1)) }
      }
      var (low, high) = (0.0, 4.0)
      if length(0) <= radius { high = 0 } else { shrunk += 1 }
      for _ in 0..<100 where high > 0 {
        let middle = (low + high) / 2
        if length(middle) > radius { low = middle } else { high = middle }
      }

      let image = projected(point, around: clean, radius: radius, box: box)

      for (value, expected) in zip(image, nearest(high)) { #expect(abs(Double(value) - expected) < 4e-7) }
      // Never outside, not even by a rounding.
      #expect(distance(image, clean) <= radius * (1 + 1e-12))
      if box { #expect(image.allSatisfy { $0 >= 0 && $0 <= 1 }) }
    }
    #expect(shrunk > 20)
  }

  @Test("No allowed point on the way to any other is nearer")
  func optimality() {
    var random = stream(310)
    for (point, clean, radius) in cases(24, elements: 6) {
      let image = projected(point, around: clean, radius: radius, box: true)
      let target = point.map(Double.init)
      for _ in 0..<200 {
        // Another allowed point: a random one of the box, drawn towards the centre until it is in the ball.
        let corner = clean.map { _ in Double(random.uniform()) }
        let reach = zip(corner, clean).reduce(0) { $0 + abs($1.0 - Double($1.1)) }
        let factor = min(1, radius / reach)
        let other = zip(corner, clean).map { Double($1) + factor * ($0 - Double($1)) }
        // The way to it leads away: the projection's variational inequality.
        let product = (0..<6).reduce(0.0) { sum, j in
          sum + (target[j] - Double(image[j])) * (other[j] - Double(image[j]))
        }
        #expect(product <= 2e-6)
      }
    }
  }

  @Test("Points inside stay as they are, radius 0 gives the centre back")
  func limits() {
    let clean: [Float] = [0.5, 0, 1, 0.25]
    let inside: [Float] = [0.6, 0.1, 0.9, 0.25]

    #expect(projected(inside, around: clean, radius: 0.5, box: true) == inside)
    #expect(projected(inside, around: clean, radius: 0, box: true) == clean)
    #expect(projected([2, -1, 2, 0.25], around: clean, radius: 9, box: true) == [1, 0, 1, 0.25])
    #expect(projected([2, -1, 2, 0.25], around: clean, radius: 9, box: false) == [2, -1, 2, 0.25])
  }

  @Test("The selected magnitude is the one that sorting finds")
  func selection() {
    var random = stream(320)
    for count in [1, 2, 7, 100] {
      // Many equal values, as gradients have zeros.
      let values = (0..<count).map { _ in (8 * random.uniform()).rounded() }
      for place in 1...count {
        var copy = values
        let found = copy.withUnsafeMutableBufferPointer { buffer in
          buffer.baseAddress.map { select(place, of: $0, count) }
        }
        #expect(found == values.sorted(by: >)[place - 1])
      }
    }
  }
}
