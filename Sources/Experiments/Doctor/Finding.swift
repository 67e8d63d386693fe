/// One thing that the doctor looked at.
package struct Finding: Codable, Equatable, Sendable {
  /// How it is.
  package enum Status: String, Codable, Comparable, Sendable {
    /// As it should be.
    case ok
    /// Runs will work, though slower or otherwise than somebody may expect.
    case warning
    /// Runs will fail, or cannot be trusted.
    case problem

    package static func < (left: Status, right: Status) -> Bool { left.severity < right.severity }

    private var severity: Int {
      switch self {
      case .ok: 0
      case .warning: 1
      case .problem: 2
      }
    }
  }

  /// What was looked at, in a word or two.
  package let subject: String
  /// How it is.
  package let status: Status
  /// What was found, in one sentence.
  package let summary: String
  /// What to do about it; nil where nothing needs doing.
  package let remedy: String?
  /// Whether the program itself computes wrongly, as opposed to the machine lacking something.
  package let isInternal: Bool

  private init(_ subject: String, _ status: Status, _ summary: String, _ remedy: String?, isInternal: Bool) {
    self.subject = subject
    self.status = status
    self.summary = summary
    self.remedy = remedy
    self.isInternal = isInternal
  }

  static func ok(_ subject: String, _ summary: String) -> Finding {
    Finding(subject, .ok, summary, nil, isInternal: false)
  }

  static func warning(_ subject: String, _ summary: String, remedy: String) -> Finding {
    Finding(subject, .warning, summary, remedy, isInternal: false)
  }

  static func problem(
    _ subject: String, _ summary: String, remedy: String, isInternal: Bool = false
  ) -> Finding {
    Finding(subject, .problem, summary, remedy, isInternal: isInternal)
  }
}
