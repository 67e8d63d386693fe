import Foundation
import Networks
import ReferenceNetworks
import Testing

@Suite("Losses")
struct LossFunctionTests {
  private func evaluate(
    _ loss: LossFunction, _ outputs: [Float], label: Int
  ) -> (value: Double, gradient: [Float]) {
    var gradient = [Float](repeating: .nan, count: outputs.count)
    let value = outputs.withUnsafeBufferPointer { loss($0, label: label, gradient: &gradient) }
    return (value, gradient)
  }

  private func softmax(_ outputs: [Float]) -> [Double] {
    let largest = outputs.map(Double.init).max() ?? 0
    let terms = outputs.map { Foundation.exp(Double($0) - largest) }
    let sum = terms.reduce(0, +)
    return terms.map { $0 / sum }
  }

  @Test("Cross-entropy is -log softmax, and its gradient softmax minus one-hot")
  func crossEntropy() {
    for scale in [Float(0.01), 1, 10, 50] {
      for label in [0, 4, 9] {
        let outputs = uniformValues(10, seed: UInt64(scale * 100) + UInt64(label)).map { $0 * scale }
        let (value, gradient) = evaluate(.crossEntropy, outputs, label: label)
        let probabilities = softmax(outputs)

        #expect(abs(value + Foundation.log(probabilities[label])) <= 1e-13 * max(1, value))
        for k in 0..<10 {
          let expected = k == label ? probabilities[k] - 1 : probabilities[k]
          #expect(abs(Double(gradient[k]) - expected) <= 1e-7 * abs(expected) + 1e-15)
        }
        #expect(abs(gradient.reduce(0) { $0 + Double($1) }) < 1e-7)
      }
    }
  }

  @Test("Gradients agree with finite differences", arguments: [LossFunction.crossEntropy, .margin])
  func differences(_ loss: LossFunction) {
    let outputs = uniformValues(10, seed: 3).map { $0 * 3 }
    for label in 0..<10 {
      let gradient = evaluate(loss, outputs, label: label).gradient
      for k in 0..<10 {
        var (above, below) = (outputs, outputs)
        above[k] += 0x1p-10
        below[k] -= 0x1p-10
        let rise = evaluate(loss, above, label: label).value - evaluate(loss, below, label: label).value
        let slope = rise / (Double(above[k]) - Double(below[k]))
        #expect(abs(slope - Double(gradient[k])) < 1e-6, "label \(label), output \(k)")
      }
    }
  }

  @Test("Extreme outputs give exact losses, neither infinite nor NaN")
  func extremes() {
    let wrong = evaluate(.crossEntropy, [1e4, -1e4], label: 1)
    #expect(wrong.value == 2e4)
    #expect(wrong.gradient == [1, -1])

    let right = evaluate(.crossEntropy, [1e4, -1e4], label: 0)
    #expect(right.value == 0)
    #expect(right.gradient == [0, 0])

    let equal = evaluate(.crossEntropy, [Float](repeating: 1e4, count: 10), label: 3)
    #expect(abs(equal.value - Foundation.log(10)) < 1e-14)
    #expect(equal.gradient == (0..<10).map { $0 == 3 ? -0.9 : 0.1 })

    #expect(evaluate(.margin, [1e4, -1e4], label: 1).value == 2e4)
    #expect(evaluate(.margin, [-1e4, 1e4], label: 1).value == -2e4)
    #expect(evaluate(.logistic, [1e4], label: 0).value == 1e4)
    #expect(evaluate(.logistic, [1e4], label: 1).value == 0)
    #expect(evaluate(.hinge, [-1e4], label: 1).value == 10_001)
  }

  @Test("Confident samples keep a loss and a gradient", arguments: [Float(20), 40, 60, 80])
  func confidence(_ margin: Float) {
    let expected = 9 * Foundation.exp(-Double(margin))
    let outputs = (0..<10).map { $0 == 2 ? margin : 0 }

    let (value, gradient) = evaluate(.crossEntropy, outputs, label: 2)

    #expect(abs(value / expected - 1) < 1e-7)
    #expect(abs(Double(gradient[2]) / -expected - 1) < 1e-6)
    #expect(gradient.indices.allSatisfy { $0 == 2 || gradient[$0] > 0 })
  }

  @Test(
    "A NaN among the outputs is a NaN loss, wherever it is", arguments: [LossFunction.crossEntropy, .margin])
  func notANumber(_ loss: LossFunction) {
    for place in 0..<4 {
      for label in 0..<4 {
        var outputs: [Float] = [0.5, 2, -1, 1]
        outputs[place] = .nan
        #expect(evaluate(loss, outputs, label: label).value.isNaN, "NaN at \(place), label \(label)")
      }
    }
  }

  @Test("NaN scores are NaN losses of binary problems", arguments: [LossFunction.hinge, .logistic])
  func binaryNotANumber(_ loss: LossFunction) {
    for label in 0...1 {
      let (value, gradient) = evaluate(loss, [.nan], label: label)
      #expect(value.isNaN)
      #expect(gradient[0].isNaN)
    }
  }

  @Test("The margin is the best wrong output minus the right one")
  func margin() {
    let (value, gradient) = evaluate(.margin, [1, 5, 3, 2], label: 1)
    #expect(value == -2)
    #expect(gradient == [0, -1, 1, 0])

    let broken = evaluate(.margin, [7, 5, 3, 7], label: 1)
    #expect(broken.value == 2)
    // The first of equal rivals.
    #expect(broken.gradient == [1, -1, 0, 0])
    #expect(evaluate(.margin, [1, 2], label: 0).gradient == [-1, 1])
  }

  @Test("Hinge and logistic losses agree with their formulas")
  func binary() {
    for score in [Float(-30), -3, -1, -0.5, 0, 0.5, 2, 3, 30] {
      for label in 0...1 {
        let sign = label == 1 ? 1.0 : -1.0
        let margin = sign * Double(score)

        let hinge = evaluate(.hinge, [score], label: label)
        #expect(hinge.value == max(0, 1 - margin))
        #expect(Double(hinge.gradient[0]) == (margin < 1 ? -sign : 0))

        let logistic = evaluate(.logistic, [score], label: label)
        let value = Foundation.log1p(Foundation.exp(-margin))
        let slope = -sign / (1 + Foundation.exp(margin))
        #expect(abs(logistic.value - value) <= 1e-14 * value)
        #expect(abs(Double(logistic.gradient[0]) - slope) <= 1e-7 * abs(slope))
      }
    }
    // At the hinge's kink the sample is right by the margin: no gradient.
    #expect(evaluate(.hinge, [1], label: 1).gradient == [0])
  }

  @Test("Losses say whether they are binary, and values come without a gradient too")
  func kinds() {
    #expect(LossFunction.allCases.filter(\.isBinary) == [.hinge, .logistic])
    let outputs: [Float] = [1, 2, 4]
    outputs.withUnsafeBufferPointer { buffer in
      #expect(LossFunction.crossEntropy(buffer, label: 1) == evaluate(.crossEntropy, outputs, label: 1).value)
      #expect(LossFunction.margin(buffer, label: 1) == 2)
    }
  }

  @Test("The predicted class is the first of the largest outputs; a score's sign; -1 for NaN")
  func prediction() {
    let predicted = { (outputs: [Float]) in outputs.withUnsafeBufferPointer { predictedClass($0) } }
    #expect(predicted([1, 3, 2]) == 1)
    #expect(predicted([3, 1, 3]) == 0)
    #expect(predicted([0, 0, 0]) == 0)
    #expect(predicted([-.infinity, -1]) == 1)
    #expect(predicted([1, .nan, 2]) == -1)
    #expect(predicted([.nan, 1, 2]) == -1)
    #expect(predicted([0.1]) == 1)
    #expect(predicted([0]) == 0)
    #expect(predicted([-2]) == 0)
    #expect(predicted([.nan]) == -1)
  }
}
