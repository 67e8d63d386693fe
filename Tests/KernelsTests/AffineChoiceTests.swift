import Kernels
import Testing

@Suite("Choice among oneDNN's implementations")
struct AffineChoiceTests {
  static let geometries: [AffineGeometry] =
    ConvolutionCase.ofArchitectures.map(\.geometry) + [
      .linear(inputs: 784, outputs: 10), .linear(inputs: 320, outputs: 50),
      .linear(inputs: 1, outputs: 1, bias: false),
    ]

  @Test("Every implementation is named once, and reference loops only where there is nothing else")
  func offers() throws {
    for geometry in Self.geometries {
      let offers = try AffineOffers(geometry, batch: 4)
      for names in [offers.forward, offers.backward, offers.weights] {
        #expect(!names.isEmpty && Set(names).count == names.count)
        #expect(names.count == 1 || !names.contains { $0.hasPrefix("ref") })
      }
    }
  }

  @Test("There is a choice")
  func several() throws {
    let counts = try Self.geometries.map { try AffineOffers($0, batch: 4).choices.count }

    #expect(counts.contains { $0 > 1 })
  }

  @Test("Without a name, and with one that is not offered, oneDNN's first runs")
  func fallback() throws {
    for geometry in Self.geometries {
      let offers = try AffineOffers(geometry, batch: 4)
      let first = [offers.forward[0], offers.backward[0], offers.weights[0]]
      let unknown = AffineChoice(forward: "none", backward: "such:avx9", weights: "")

      #expect(try AffineKernel(geometry, batch: 4).implementations == first)
      #expect(try AffineKernel(geometry, batch: 4, choice: unknown).implementations == first)
    }
  }
}

extension AffineOffers {
  /// Choices in which every name is there at least once.
  var choices: [AffineChoice] {
    (0..<max(forward.count, backward.count, weights.count)).map { turn in
      AffineChoice(
        forward: forward[turn % forward.count], backward: backward[turn % backward.count],
        weights: weights[turn % weights.count])
    }
  }
}

extension AffineChoice {
  /// What `implementations` says when everything is offered.
  var names: [String] { [forward, backward, weights].compactMap { $0 } }
}
