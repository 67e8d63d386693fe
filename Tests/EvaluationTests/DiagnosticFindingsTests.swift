import Attacks
import Evaluation
import Testing

@Suite("What diagnostics find is worded as warnings")
struct DiagnosticFindingsTests {
  /// What an honest model shows.
  private var honest: DiagnosticFindings {
    var findings = DiagnosticFindings(
      threat: ThreatModel(norm: .linf, epsilon: 0.1), total: 200, correct: 190)
    findings.losses = [
      .init(steps: 0, mean: 0.1, risen: 0), .init(steps: 1, mean: 0.4, risen: 189),
      .init(steps: 20, mean: 2, risen: 190),
    ]
    findings.radii = [.init(epsilon: 0.1, correct: 80), .init(epsilon: 1, correct: 0)]
    (findings.singleStep, findings.manySteps, findings.noiseAlone) = (120, 78, 1)
    findings.transfer = .init(source: "other", broken: 40, alone: 2)
    return findings
  }

  @Test("An honest model draws none")
  func none() {
    #expect(honest.warnings == [])
  }

  typealias Change = @Sendable (inout DiagnosticFindings) -> Void

  /// What is wrong, and a word of the warning.
  static let signs: [(String, Change)] = [
    ("from one pass to the next", { $0.random = 1 }),
    ("no higher after 20 gradient steps", { $0.losses[2] = .init(steps: 20, mean: 2, risen: 180) }),
    ("mean loss falls", { $0.losses[2] = .init(steps: 20, mean: 0.3, risen: 190) }),
    ("a working attack leaves none", { $0.radii[1] = .init(epsilon: 1, correct: 10) }),
    ("should not rise with epsilon", { $0.radii.insert(.init(epsilon: 0.05, correct: 50), at: 0) }),
    ("one step is stronger", { $0.singleStep = 70 }),
    ("noise breaks 9 of 190", { $0.noiseAlone = 9 }),
    ("examples made on other break 130", { $0.transfer = .init(source: "other", broken: 130, alone: 30) }),
  ]

  @Test("Each sign draws one of its own", arguments: signs)
  func sign(text: String, change: Change) {
    var findings = honest
    change(&findings)

    #expect(findings.warnings.count == 1)
    #expect(findings.warnings.first?.contains(text) == true, "\(findings.warnings)")
    #expect(findings.warnings.first?.hasPrefix("diagnostics on the first 200 samples, linf: ") == true)
  }

  @Test("Where nothing is right there is nothing to say")
  func nothingRight() {
    let findings = DiagnosticFindings(
      threat: ThreatModel(norm: .l2, epsilon: 1), total: 10, correct: 0)

    #expect(findings.warnings == [])
  }
}
