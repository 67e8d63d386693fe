import Experiments
import Testing

/// Attacks that are named in a configuration or on the command line.
struct AttackConfigurationTests {
  @Test("The members of AutoAttack have their published defaults")
  func defaults() throws {
    let fab = try AttackConfiguration(named: "fab", epsilon: 0.3)
    let targeted = try AttackConfiguration(named: "fab-t", epsilon: 0.3)
    let square = try AttackConfiguration(named: "square", epsilon: 0.3)

    #expect((fab.steps, fab.restarts, fab.targetClasses) == (100, 1, 0))
    #expect((targeted.steps, targeted.restarts, targeted.targetClasses) == (100, 1, 9))
    #expect((square.queries, square.restarts, square.steps) == (5000, 1, 0))
  }

  @Test("Their keys are taken over, also from a file")
  func settings() throws {
    let targeted = try AttackConfiguration(
      named: "fab-t", settings: ["steps": "20", "targetClasses": "3", "restarts": "2"], epsilon: 0.3)
    let final = try configuration("evaluation: {final: [fab, {name: square, queries: 70}]}").evaluation.final

    #expect((targeted.steps, targeted.targetClasses, targeted.restarts) == (20, 3, 2))
    #expect(final.map(\.name) == [.fab, .square])
    #expect(final[1].queries == 70)
  }

  @Test(
    "A key that does nothing with the attack is refused",
    arguments: [
      ("fab", "queries"), ("fab", "targetClasses"), ("square", "steps"), ("pgd", "queries"),
      ("fab-t", "stepSize"),
    ])
  func idleKeys(name: String, key: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try AttackConfiguration(named: name, settings: [key: "1"], epsilon: 0.3)
    }
    #expect(error.map { "\($0)".contains("\(key) does nothing with attack \(name)") } == true)
  }
}
