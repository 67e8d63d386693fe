import Attacks
import Certificates
import Networks
import Tensors
import Testing

@Suite("Bounds are the ones of the papers")
struct BoundValueTests {
  @Test(
    "They are those of dense matrices in real numbers, less the allowance for rounding",
    arguments: BoundCase.all)
  func naive(network: BoundCase) throws {
    let architecture = network.architecture
    let parameters = network.parameters(seed: 2)
    let naive = NaiveBounds(architecture, parameters)
    let propagation = try BoundPropagation(architecture, parameters)
    for image in makeImages(2, elements: architecture.input.elements, stream: 3) {
      for epsilon: Float in [0.004, 0.04, 0.3] {
        let threat = ThreatModel(norm: .linf, epsilon: epsilon)
        var (lower, upper) = (image, image)
        threat.linfSet(of: image, lower: &lower, upper: &upper, count: image.count)
        let outputs = architecture.outputs
        let others = (0..<max(outputs, 2)).filter { $0 != 1 }
        let rows: [[Double]] =
          outputs == 1
          ? [[1]] : others.map { other in (0..<outputs).map { $0 == 1 ? 1 : $0 == other ? -1 : 0 } }
        let expected = naive.margins(
          rows, over: (lower.map(Double.init), upper.map(Double.init)))
        let size = expected.ibp.map(abs).max() ?? 0

        func check(_ method: BoundMethod, _ values: [[Double]]) {
          let found = propagation.margins(image, label: 1, threat, method, isThorough: true).margins
          for (place, other) in others.enumerated() {
            let best = values.map { $0[place] }.max() ?? 0
            #expect(found[other] <= best + 1e-9 * size, "\(method) \(epsilon)")
            #expect(found[other] >= best - 5e-4 * size, "\(method) \(epsilon)")
          }
        }
        check(.ibp, [expected.ibp])
        check(.crownIBP, [expected.ibp, expected.crownIBP])
        check(.crown, [expected.ibp, expected.crownIBP, expected.crown])
      }
    }
  }

  @Test("A tighter method is never looser, and certifies what a cheaper one does", arguments: BoundCase.all)
  func order(network: BoundCase) throws {
    let architecture = network.architecture
    let propagation = try BoundPropagation(architecture, network.parameters(seed: 5))
    var gains = 0
    for image in makeImages(3, elements: architecture.input.elements, stream: 6) {
      for threat in [
        ThreatModel(norm: .linf, epsilon: 0.02), ThreatModel(norm: .linf, epsilon: 0.2),
        ThreatModel(norm: .l2, epsilon: 0.5), ThreatModel(norm: .l1, epsilon: 1),
      ] {
        let all = BoundMethod.allCases.map {
          propagation.margins(image, label: 0, threat, $0, isThorough: true)
        }
        for (loose, tight) in zip(all, all.dropFirst()) {
          #expect(zip(loose.margins, tight.margins).allSatisfy { $0 <= $1 })
          if loose.certifiedBy != nil { #expect(tight.certifiedBy == loose.certifiedBy) }
          if zip(loose.margins, tight.margins).contains(where: { $0 < $1 }) { gains += 1 }
        }
      }
    }
    #expect(gains > 6)
  }

  @Test("By hand: one hidden unit on either side of its kink")
  func byHand() throws {
    // h = relu(x - 1/2), margin = f_0 - f_1 = 1 - 2 h, on x in [1/4, 1]: h's input is in [-1/4, 1/2].
    let architecture = Architecture(
      name: "kink", input: ImageShape(channels: 1, height: 1, width: 1), outputs: 2,
      layers: [.flatten, .linear("a", outputs: 1), .relu, .linear("b", outputs: 2)])
    let parameters = architecture.initialParameters(seed: 1)
    set(parameters, ["a.weight": [1], "a.bias": [-0.5], "b.weight": [-2, 0], "b.bias": [1, 0]])
    let propagation = try BoundPropagation(architecture, parameters)
    let threat = ThreatModel(norm: .linf, epsilon: 0.375)
    let bounds = BoundMethod.allCases.map {
      propagation.margins([0.625], label: 0, threat, $0, isThorough: true).margins[1]
    }
    // IBP: h <= 1/2. CROWN: h <= 2/3 (x - 1/4), at most 1/2 too.
    #expect(bounds.allSatisfy { abs($0) < 1e-5 && $0 <= 0 })

    // margin = h - x + 1 with the same h: IBP cannot know that both go together.
    let both = Architecture(
      name: "both", input: ImageShape(channels: 1, height: 1, width: 1), outputs: 2,
      layers: [.flatten, .linear("a", outputs: 2), .relu, .linear("b", outputs: 2)])
    let second = both.initialParameters(seed: 1)
    set(second, ["a.weight": [1, 1], "a.bias": [-0.5, 0], "b.weight": [1, -1, 0, 0], "b.bias": [1, 0]])
    let other = try BoundPropagation(both, second)
    let found = BoundMethod.allCases.map {
      other.margins([0.625], label: 0, threat, $0, isThorough: true).margins[1]
    }
    // IBP: 0 - 1 + 1. CROWN: h >= x - 1/2 because 1/2 > 1/4, so the margin is at least 1/2, which is exact.
    #expect(abs(found[0]) < 1e-5)
    #expect(abs(found[1] - 0.5) < 1e-5)
    #expect(abs(found[2] - 0.5) < 1e-5)
  }

  @Test("Linear networks, also of several layers, are bounded exactly", arguments: Norm.allCases)
  func linear(norm: Norm) throws {
    let architecture = Architecture(
      name: "deep linear", input: ImageShape(channels: 2, height: 6, width: 6), outputs: 3,
      layers: [
        .convolution("a", outputChannels: 4, kernel: 3, padding: 1), .averagePooling(window: 2),
        .convolution("b", outputChannels: 3, kernel: 2), .flatten, .linear("c", outputs: 5),
        .linear("d", outputs: 3),
      ])
    let parameters = architecture.initialParameters(seed: 8)
    let propagation = try BoundPropagation(architecture, parameters)
    let naive = NaiveBounds(architecture, parameters)
    let image = makeImages(1, elements: 72, stream: 12)[0]
    let threat = ThreatModel(norm: norm, epsilon: norm == .linf ? 0.05 : 0.4, box: norm == .linf)

    let found = propagation.margins(image, label: 2, threat, .crown, isThorough: true).margins

    for other in 0..<2 {
      let row = (0..<3).map { $0 == 2 ? 1.0 : $0 == other ? -1 : 0 }
      let (slope, offset) = naive.linearMap(row)
      let clean = zip(slope, image).reduce(offset) { $0 + $1.0 * Double($1.1) }
      var (lower, upper) = (image, image)
      threat.linfSet(of: image, lower: &lower, upper: &upper, count: 72)
      let exact =
        norm == .linf
        ? slope.indices.reduce(offset) { $0 + slope[$1] * Double(slope[$1] > 0 ? lower[$1] : upper[$1]) }
        : clean - threat.largestDistance * LinearInnerMaximum(norm).dualNorm(slope)
      #expect(found[other] <= exact)
      #expect(found[other] > exact - 1e-4)
    }
  }

  @Test("Bounds depend on the image alone, not on what was bounded before")
  func independence() throws {
    for network in BoundCase.all {
      let propagation = try BoundPropagation(network.architecture, network.parameters())
      let images = makeImages(3, elements: network.architecture.input.elements, stream: 20)
      let threat = ThreatModel(norm: .linf, epsilon: 0.03)
      func bounds(_ order: [Int]) -> [Int: MarginBounds] {
        var found: [Int: MarginBounds] = [:]
        for i in order {
          found[i] = propagation.margins(images[i], label: i % 2, threat, .crown, isThorough: true)
        }
        return found
      }
      #expect(bounds([0, 1, 2]) == bounds([2, 0, 1]))
    }
  }

  private func set(_ parameters: ParameterArena, _ values: [String: [Float]]) {
    for (name, numbers) in values {
      guard let entry = parameters.layout[name] else { continue }
      for (i, number) in numbers.enumerated() { parameters.values(entry)[i] = number }
    }
  }
}

extension NaiveBounds {
  /// What a network without ReLU makes of a row of outputs: its slope by the image, and its value at zero.
  fileprivate func linearMap(_ row: [Double]) -> (slope: [Double], offset: Double) {
    var (slope, offset) = (row, 0.0)
    for step in steps.reversed() {
      guard case .affine(let matrix, let bias) = step else { continue }
      offset += zip(slope, bias).reduce(0) { $0 + $1.0 * $1.1 }
      slope = matrix[0].indices.map { column in
        zip(slope, matrix).reduce(0) { $0 + $1.0 * $1.1[column] }
      }
    }
    return (slope, offset)
  }
}
