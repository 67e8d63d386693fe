import Foundation

/// The report of one or several runs: one HTML file that needs nothing else.
///
/// What it holds follows from the runs alone, so that equal runs give equal bytes. There is no script in it. It is
/// well-formed XML too.
public struct RunReport: Sendable {
  /// What every report says of itself, by which one of ours is recognised.
  public static let generator = "Holdfast"

  let runs: [ReportedRun]
  let scaling: ScalingRecord?

  /// Prepares a report.
  ///
  /// - Parameters:
  ///   - runs: What is reported and, if there are several, compared.
  ///   - scaling: What `holdfast bench scaling` found; nil where it is not at hand.
  /// - Precondition: there is at least one run.
  public init(_ runs: [ReportedRun], scaling: ScalingRecord? = nil) {
    precondition(!runs.isEmpty, "a report about nothing")
    self.runs = runs
    self.scaling = scaling
  }

  /// Whether several runs are compared.
  var isComparison: Bool { runs.count > 1 }

  /// The name of a run in front of what is said of it, where there are several.
  func prefix(_ run: ReportedRun) -> String { isComparison ? "\(run.name): " : "" }

  /// A name for links that no other run has.
  func anchor(_ part: String, _ number: Int) -> String { isComparison ? "\(part)-\(number + 1)" : part }

  /// The text of the file.
  ///
  /// - Throws: `ReportError.image` if a picture cannot be encoded.
  public func html() throws -> String {
    let sections = try self.sections.filter { !$0.content.isEmpty }
    let links = sections.map { section -> HTML in
      "<li><a href=\"#\(section.id)\">\(section.title)</a></li>"
    }
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="generator" content="\(Self.generator)" />
      <title>\(title) – Holdfast report</title>
      <style>
      \(ReportStyle.sheet)
      </style>
      </head>
      <body>
      <header>
      <p class="brand">Holdfast report</p>
      <h1>\(title)</h1>
      <p class="lead">\(lead)</p>
      </header>
      <nav aria-label="Contents"><ul>
      \(links)
      </ul></nav>
      <main>
      \(sections.map { HTML.section($0.id, $0.title, $0.content) })
      </main>
      <footer><p>Accuracies are exact counts; intervals are 95 % (Wilson). Robust accuracy under an attack is an upper \
      bound: a stronger attack may find more.</p></footer>
      </body>
      </html>

      """
    return page.source
  }

  private var title: String {
    isComparison
      ? runs.map(\.name).joined(separator: " · ") : runs[0].name
  }

  private var lead: String {
    if isComparison { return "\(runs.count) runs compared" }
    let run = runs[0]
    let start = run.history.span.map { ReportText.moment($0.first) }
    return [run.headline, start.map { "started \($0)" } ?? ""].filter { !$0.isEmpty }.joined(separator: "; ")
  }

  private var sections: [(id: String, title: String, content: HTML)] {
    get throws {
      [
        ("summary", "Summary", summary),
        ("warnings", "Warnings", warnings),
        ("epsilon", "Accuracy against epsilon", accuracyAgainstEpsilon),
        ("curves", "Training", trainingCurves),
        ("bracket", "What is known of every sample", brackets),
        ("classes", "Classes under attack", classes),
        ("examples", "Adversarial examples", try examples),
        ("time", "Where the time went", time),
        ("scaling", "Scaling", scalingSection),
        ("evaluations", "All evaluations", evaluations),
        ("setup", "Configuration and manifest", setup),
      ]
    }
  }
}
