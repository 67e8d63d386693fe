import Networks
import ReferenceNetworks
import Testing

@Suite("Ratios of logits")
struct LogitRatioTests {
  private typealias Loss = (UnsafeBufferPointer<Float>, UnsafeMutablePointer<Float>?) -> Double

  private func evaluate(_ loss: Loss, _ outputs: [Float]) -> (value: Double, gradient: [Float]) {
    var gradient = [Float](repeating: .nan, count: outputs.count)
    let value = outputs.withUnsafeBufferPointer { loss($0, &gradient) }
    return (value, gradient)
  }

  private func untargeted(_ label: Int) -> Loss {
    { LossFunction.differenceOfLogitsRatio($0, label: label, gradient: $1) }
  }

  private func targeted(_ label: Int, _ target: Int) -> Loss {
    { TargetedLogitRatio()($0, label: label, target: target, gradient: $1) }
  }

  /// The formulas with a sorted array.
  private func expected(_ outputs: [Float], _ label: Int, _ target: Int?) -> Double {
    let scores = outputs.map(Double.init)
    let sorted = scores.sorted(by: >)
    if let target {
      return -(scores[label] - scores[target]) / (sorted[0] - (sorted[2] + sorted[3]) / 2 + 1e-12)
    }
    let rival = scores.indices.filter { $0 != label }.map { scores[$0] }.max() ?? .nan
    return -(scores[label] - rival) / (sorted[0] - sorted[2] + 1e-12)
  }

  @Test("Values are those of the formulas, for every label and target", arguments: [4, 5, 10])
  func values(classes: Int) {
    for trial in 0..<20 {
      let outputs = uniformValues(classes, seed: UInt64(trial)).map { $0 * 7 }
      for label in 0..<classes {
        let value = evaluate(untargeted(label), outputs).value
        #expect(abs(value - expected(outputs, label, nil)) <= 1e-12 * abs(value))
        for target in 0..<classes {
          let value = evaluate(targeted(label, target), outputs).value
          #expect(abs(value - expected(outputs, label, target)) <= 1e-12 * abs(value))
        }
      }
    }
  }

  @Test("Three outputs are enough without a target")
  func threeOutputs() {
    #expect(abs(evaluate(untargeted(0), [4, 1, 2]).value + 2.0 / 3) < 1e-11)
    #expect(abs(evaluate(untargeted(1), [4, 1, 2]).value - 1) < 1e-11)
  }

  @Test("Gradients agree with finite differences")
  func differences() {
    let outputs: [Float] = [1.5, -2, 0.25, 3, 0.75, -0.5]
    let losses: [(Loss, String)] =
      (0..<6).map { (untargeted($0), "label \($0)") }
      + (0..<36).map { (targeted($0 / 6, $0 % 6), "label \($0 / 6), target \($0 % 6)") }
    for (loss, name) in losses {
      let gradient = evaluate(loss, outputs).gradient
      for k in outputs.indices {
        var (above, below) = (outputs, outputs)
        above[k] += 0x1p-10
        below[k] -= 0x1p-10
        let slope = (evaluate(loss, above).value - evaluate(loss, below).value) / 0x1p-9
        #expect(abs(slope - Double(gradient[k])) < 1e-5, "\(name), output \(k)")
      }
    }
  }

  @Test("A factor on all outputs and a shift of all change nothing but the gradient's length")
  func invariance() {
    let outputs: [Float] = [2, 1, -3, 0.5, 4]
    for loss in [untargeted(4), untargeted(1), targeted(4, 2), targeted(0, 3)] {
      let (value, gradient) = evaluate(loss, outputs)
      let scaled = evaluate(loss, outputs.map { 1024 * $0 })
      let shifted = evaluate(loss, outputs.map { $0 + 64 })

      #expect(abs(scaled.value - value) < 1e-9)
      #expect(abs(shifted.value - value) < 1e-9)
      for k in outputs.indices { #expect(abs(1024 * scaled.gradient[k] - gradient[k]) < 1e-5) }
      #expect(abs(gradient.reduce(0, +)) < 1e-6)
    }
  }

  @Test("Equal outputs give finite numbers, a NaN anywhere a NaN and no gradient")
  func extremes() {
    for loss in [untargeted(1), targeted(1, 3)] {
      let (value, gradient) = evaluate(loss, [2, 2, 2, 2])
      #expect(value == 0)
      #expect(gradient.allSatisfy { $0.isFinite })
      for place in 0..<4 {
        var outputs: [Float] = [1, 2, 3, 4]
        outputs[place] = .nan
        let (value, gradient) = evaluate(loss, outputs)
        #expect(value.isNaN)
        #expect(gradient == [0, 0, 0, 0])
      }
    }
  }

  @Test("Positive exactly where the label loses, and to the target where there is one")
  func signs() {
    #expect(evaluate(untargeted(2), [1, 2, 3, 0]).value < 0)
    #expect(evaluate(untargeted(1), [1, 2, 3, 0]).value > 0)
    #expect(evaluate(targeted(1, 0), [1, 2, 3, 0]).value < 0)
    #expect(evaluate(targeted(0, 1), [1, 2, 3, 0]).value > 0)
  }

  @Test("Losses say how many outputs they need")
  func leastOutputs() {
    #expect(LossFunction.differenceOfLogitsRatio.leastOutputs == 3)
    #expect(TargetedLogitRatio.leastOutputs == 4)
    #expect(LossFunction.margin.leastOutputs == 2)
    #expect(LossFunction.logistic.leastOutputs == 1)
    #expect(LossFunction(rawValue: "dlr") == .differenceOfLogitsRatio)
    #expect(!LossFunction.differenceOfLogitsRatio.isBinary)
  }
}
