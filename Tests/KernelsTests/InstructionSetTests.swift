import Kernels
import ReferenceNetworks
import Tensors
import Testing

@Suite("Instruction sets")
struct InstructionSetTests {
  /// A tensor with everything a float can be, at a length that leaves a tail behind every register width.
  static let hostile: [Float] = {
    let special: [Float] = [
      .nan, .infinity, -.infinity, 0, -0.0, 1, -1, .greatestFiniteMagnitude,
      .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude / 8,
    ]
    return uniformValues(300, seed: 1) + special + uniformValues(92, seed: 2)
  }()
  static let tame = uniformValues(hostile.count, seed: 3)
  static let positive = uniformValues(hostile.count, seed: 4).map { ($0 + 1) / 2 }

  struct Pass: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var run: @Sendable (Passes) -> [Float]

    init(_ name: String, _ run: @escaping @Sendable (Passes) -> [Float]) {
      testDescription = name
      self.run = run
    }

    /// A pass that changes a tensor of `hostile` values in place.
    static func inPlace(
      _ name: String, _ run: @escaping @Sendable (Passes, UnsafeMutablePointer<Float>, Int) -> Void
    ) -> Pass {
      Pass(name) { passes in
        var x = hostile
        run(passes, &x, x.count)
        return x
      }
    }
  }

  static let elementwise: [Pass] = [
    .inPlace("relu") { $0.relu($1, $2) },
    .inPlace("reluGradient") { $0.reluGradient($1, output: tame, $2) },
    .inPlace("multiply") { $0.multiply($1, by: tame, $2) },
    .inPlace("scale") { $0.scale($1, by: 0.3, $2) },
    .inPlace("add") { $0.add($1, tame, $2) },
    Pass("sum") { passes in
      var out = tame
      passes.sum(hostile, tame, into: &out, hostile.count)
      return out
    },
    .inPlace("addScaled") { $0.addScaled($1, 0.3, tame, $2) },
    .inPlace("clamp") { $0.clamp($1, lower: positive.map { -$0 }, upper: positive, $2) },
    .inPlace("shrink") { $0.shrink($1, towards: tame, factor: 0.3, box: false, $2) },
    .inPlace("shrink into the box") { $0.shrink($1, towards: tame, factor: 0.3, box: true, $2) },
    Pass("linfBox") { passes in
      var lower = hostile
      var upper = hostile
      passes.linfBox(hostile, epsilon: 0.3, lower: &lower, upper: &upper, hostile.count)
      return lower + upper
    },
    Pass("linfStep") { passes in
      var x = positive
      passes.linfStep(
        &x, gradient: hostile, step: 0.01, lower: positive.map { $0 - 0.005 },
        upper: positive.map { $0 + 0.005 }, x.count)
      return x
    },
    Pass("sums") { passes in
      let lengths = [0, 1, 7, 8, 15, 16, 17, 63, 300]
      return lengths.flatMap { count in
        let sums = [passes.sumOfSquares(tame, count), passes.squaredDistance(tame, positive, count)]
        let halves = sums.map(\.bitPattern).flatMap { [UInt32(truncatingIfNeeded: $0), UInt32($0 >> 32)] }
        return halves.map(Float.init(bitPattern:))
          + [passes.largestDifference(tame, positive, count), Float(passes.nonFiniteCount(hostile, count))]
      }
    },
  ]

  static let updates: [Pass] =
    [Float(0), 0.9].flatMap { momentum in
      [false, true].map { nesterov in
        Pass("descend with momentum \(momentum), nesterov \(nesterov)") { passes in
          var weights = tame
          var buffer = positive
          passes.descend(
            weights: &weights, gradient: hostile, momentum: &buffer, weights.count,
            MomentumStep(rate: 0.1, momentum: momentum, decay: 5e-4, nesterov: nesterov, isFirst: false))
          return weights + buffer
        }
      }
    } + [
      Pass("adam") { passes in
        var weights = tame
        var first = uniformValues(tame.count, seed: 5)
        var second = positive
        passes.adam(
          weights: &weights, gradient: hostile, first: &first, second: &second, weights.count,
          AdamStep(
            beta1: 0.9, beta2: 0.999, epsilon: 1e-8, correctedRate: 0.01, secondCorrectionRoot: 0.3,
            decay: 0.01, shrinkage: 0.99))
        return weights + first + second
      }
    ]

  static let pooling: [Pass] = [1, 8, 16].flatMap { lanes in
    [(window: 2, stride: 2), (window: 3, stride: 2)].flatMap { window, stride in
      let pooling = Pooling(
        input: ActivationLayout(channels: 16, height: 5, width: 5, lanes: lanes), window: window,
        stride: stride)
      let name = "of \(window) by \(stride), \(lanes) lanes"
      return [
        Pass("maximum \(name)") { passes in
          var output = [Float](repeating: 0, count: pooling.output.elements)
          var argmax = [UInt8](repeating: 0, count: output.count)
          var gradient = [Float](repeating: 0, count: pooling.input.elements)
          passes.maxPool(pooling, hostile, into: &output, argmax: &argmax, samples: 1)
          passes.maxPoolGradient(
            pooling, outputGradient: tame, argmax: argmax, into: &gradient, samples: 1)
          return output + argmax.map(Float.init) + gradient
        },
        Pass("average \(name)") { passes in
          var output = [Float](repeating: 0, count: pooling.output.elements)
          var gradient = [Float](repeating: 0, count: pooling.input.elements)
          passes.averagePool(pooling, tame, into: &output, samples: 1)
          passes.averagePoolGradient(pooling, outputGradient: tame, into: &gradient, samples: 1)
          return output + gradient
        },
      ]
    }
  }

  @Test("Every set gives the same bits", arguments: elementwise + updates + pooling)
  func sameBits(_ pass: Pass) throws {
    let portable = pass.run(try #require(Passes(.portable)))
    for set in InstructionSet.allCases where set <= InstructionSet.supported {
      let passes = try #require(Passes(set), "\(set) is said to be supported")
      #expect(bits(pass.run(passes)) == bits(portable), "\(set)")
    }
  }

  @Test("Every set rewrites channel blocks in the same way", arguments: [8, 16])
  func sameBlocks(lanes: Int) throws {
    let layout = ActivationLayout(channels: 19, height: 4, width: 5, lanes: lanes)
    let reference = try #require(Passes(.portable))
    var expected = [Float](repeating: .nan, count: layout.elements)
    reference.block(Self.hostile, into: &expected, layout, samples: 1)
    for set in InstructionSet.allCases where set <= InstructionSet.supported {
      let passes = try #require(Passes(set))
      var blocked = [Float](repeating: .nan, count: layout.elements)
      var plain = [Float](repeating: 0, count: layout.values)
      passes.block(Self.hostile, into: &blocked, layout, samples: 1)
      passes.unblock(blocked, into: &plain, layout, samples: 1)
      #expect(bits(blocked) == bits(expected))
      #expect(bits(plain) == bits(Self.hostile.prefix(layout.values)))
    }
  }

  @Test("Sets beyond this CPU are refused, and the selected one is within it")
  func support() {
    for set in InstructionSet.allCases {
      #expect((Passes(set) != nil) == (set <= InstructionSet.supported))
    }
    #expect(InstructionSet.selected <= InstructionSet.supported)
    #expect(Set(InstructionSet.allCases.map(\.channelLanes)) == [8, 16])
  }
}
