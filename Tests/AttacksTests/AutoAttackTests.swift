import Attacks
import Testing

@Suite("The composition of AutoAttack")
struct AutoAttackTests {
  private func members(_ version: AutoAttack.Version, _ norm: Norm, classes: Int = 10) -> [any Attack] {
    AutoAttack(version).ensemble(threat: ThreatModel(norm: norm, epsilon: 0.5), classes: classes).members
  }

  @Test("Members come in the published order", arguments: Norm.allCases)
  func order(norm: Norm) {
    #expect(members(.standard, norm).map(\.name) == ["apgd-ce", "apgd-t", "fab-t", "square"])
    #expect(
      members(.plus, norm).map(\.name) == ["apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"])
    #expect(members(.rand, norm).map(\.name) == ["apgd-ce", "apgd-dlr"])
  }

  @Test("Restarts and targets are the published ones, in l1 others than in linf and l2")
  func runs() {
    for norm in [Norm.linf, .l2] {
      #expect(members(.standard, norm).map(\.restarts) == [1, 9, 9, 1])
    }
    #expect(members(.standard, .l1).map(\.restarts) == [5, 5, 9, 1])
    for norm in Norm.allCases {
      #expect(members(.plus, norm).map(\.restarts) == [5, 5, 5, 1, 9, 9])
      #expect(members(.rand, norm).map(\.restarts) == [1, 1])
    }
    // No more targets than there are other classes.
    #expect(members(.standard, .linf, classes: 4).map(\.restarts) == [1, 3, 3, 1])
  }

  @Test("Auto-PGD begins in larger balls in the standard version's l1 alone, and averages in rand alone")
  func descents() {
    for version in AutoAttack.Version.allCases {
      for norm in Norm.allCases {
        for member in members(version, norm) {
          guard let descent = member as? AutoProjectedGradientDescent else { continue }
          #expect(descent.steps == 100)
          #expect(
            descent.shrinksRadius == (version == .standard && norm == .l1),
            "\(descent.name) of \(version), \(norm)")
          #expect(descent.gradientSamples == (version == .rand ? 20 : 1))
        }
      }
    }
  }

  @Test("Square has 5000 queries, and FAB 100 steps")
  func others() throws {
    let square = try #require(members(.standard, .linf)[3] as? SquareAttack)
    let boundary = try #require(members(.standard, .linf)[2] as? FastAdaptiveBoundary)

    #expect(square.queries == 5000 && square.restarts == 1)
    #expect(boundary.steps == 100 && boundary.runs == 1)
  }

  @Test("Too few classes are refused with the loss that needs more", arguments: AutoAttack.Version.allCases)
  func classes(version: AutoAttack.Version) {
    #expect(AutoAttack(version).problem(classes: 4) == nil)
    #expect(AutoAttack(version).problem(classes: 2) != nil)
    #expect((AutoAttack(version).problem(classes: 3) == nil) == (version == .rand))
  }

  @Test("Other numbers than the published ones show in the label")
  func label() {
    let threat = ThreatModel(norm: .linf, epsilon: 0.5)
    let changed = AutoAttack(steps: 10, queries: 20).ensemble(threat: threat, classes: 10)

    #expect(changed.label.hasPrefix("autoattack standard with steps 10, queries 20 (linf, epsilon 0.5: "))
    #expect(AutoAttack().ensemble(threat: threat, classes: 10).version == "standard")
  }
}
