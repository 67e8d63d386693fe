import Experiments
import Testing

struct AutoDescentConfigurationTests {
  @Test("Auto-PGD has its published defaults")
  func defaults() throws {
    let run = try configuration(
      "evaluation: {final: [apgd-ce, apgd-dlr, {name: apgd-t, restarts: 2, steps: 50}]}")
    let attacks = run.evaluation.final

    #expect(attacks.map(\.steps) == [100, 100, 50])
    #expect(attacks.map(\.restarts) == [1, 1, 2])
    #expect(attacks[2].targetClasses == 9)
    #expect(attacks.allSatisfy { $0.randomStart && $0.stepSize == 0 })
    #expect(try configuration(run.resolvedYAML).evaluation.final == attacks)
  }

  @Test(
    "Settings that mean nothing to it are named",
    arguments: [
      ("{name: apgd-ce, targetClasses: 3}", "targetClasses does nothing with attack apgd-ce"),
      ("{name: apgd-t, stepSize: 0.1}", "stepSize does nothing with attack apgd-t"),
      ("{name: apgd-dlr, lossFunction: margin}", "lossFunction does nothing with attack apgd-dlr"),
      ("{name: pgd, targetClasses: 3}", "targetClasses does nothing with attack pgd"),
      ("{name: apgd-t, targetClasses: 0}", "targetClasses has to be a whole number from 1 to 255"),
    ])
  func idle(attack: String, expected: String) throws {
    #expect(try problems("evaluation: {attack: \(attack)}").joined().contains(expected))
  }

  @Test(
    "Losses that compare classes need enough of them",
    arguments: [
      (
        "[3, 8, 9]", "apgd-t",
        "evaluation.attack.name is apgd-t, whose loss compares four classes; with 3 there"
      ),
      (
        "[3, 8]", "apgd-t", "evaluation.attack.name is apgd-t, whose loss compares four classes; with 2 there"
      ),
      ("[3, 8]", "apgd-dlr", "evaluation.attack.name is apgd-dlr, whose loss compares three classes; with 2"),
      (
        "[3, 8]", "{name: pgd, lossFunction: dlr}",
        "evaluation.attack.lossFunction is dlr, which compares three classes; with 2 there is margin"
      ),
    ])
  func classes(classes: String, attack: String, expected: String) throws {
    let text = try problems("data: {classes: \(classes)}\nevaluation: {attack: \(attack)}").joined()
    #expect(text.contains(expected))
  }

  @Test("Three classes are enough without a target, and two for cross-entropy")
  func enough() throws {
    #expect(
      try configuration("{data: {classes: [3, 8, 9]}, evaluation: {attack: apgd-dlr}}").data.classCount == 3)
    #expect(
      try configuration("{data: {classes: [3, 8]}, evaluation: {attack: apgd-ce}}").data.classCount == 2)
    let binary = "{data: {classes: [3, 8]}, model: {name: linear-binary}, evaluation: {attack: apgd-ce}}"
    #expect(try configuration(binary).evaluation.attack.name == .apgdCrossEntropy)
  }

  @Test("dlr is a loss for attacks, also while training")
  func attackLoss() throws {
    #expect(try configuration("training: {lossFunction: dlr}").training.lossFunction.isForAttacksOnly)
    #expect(
      try problems("training: {method: standard, lossFunction: dlr}").joined()
        .contains("training.lossFunction dlr is a loss for attacks and does nothing with method standard"))
    #expect(
      try problems("{data: {classes: [3, 8]}, training: {lossFunction: dlr}}").joined()
        .contains("training.lossFunction is dlr, which compares three classes"))
  }

  @Test("The l1 norm needs a radius")
  func radius() throws {
    #expect(
      try problems("threat: {norm: l1}").joined().contains("threat.epsilon has to be given with norm l1"))
    #expect(try configuration("threat: {norm: l1, epsilon: 10}").threat.norm == .l1)
  }
}
