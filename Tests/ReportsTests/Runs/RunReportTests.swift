import Checkpoints
import Foundation
import Reports
import TestSupport
import Testing

@Suite("The report of a run")
struct RunReportTests {
  private func report(_ body: (TemporaryFolder) throws -> [ReportedRun]) throws -> String {
    try RunReport(body(try TemporaryFolder())).html()
  }

  private func single() throws -> String {
    try report { [try SampleRun("\($0.path)/sample").reported(name: "sample")] }
  }

  @Test("It is well-formed, with unique names for links that lead somewhere")
  func wellFormed() throws {
    let page = PageReader(try single())
    #expect(page.problem == nil)

    let ids = page.elements.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
    let links = page.all("a").compactMap { $0.attributes["href"] }
    #expect(!links.isEmpty)
    for link in links { #expect(link.hasPrefix("#") && ids.contains(String(link.dropFirst()))) }
    let references = page.elements.compactMap { $0.attributes["aria-labelledby"] }
    for id in references.flatMap({ $0.split(separator: " ") }) { #expect(ids.contains(String(id))) }
  }

  @Test("It needs nothing from anywhere: no script, no address, no other file")
  func selfContained() throws {
    let text = try single()
    let page = PageReader(text)
    #expect(
      page.elements.filter { ["script", "link", "iframe", "object", "base"].contains($0.name) }.isEmpty)
    for word in ["http:", "https:", "url(", "@import", "javascript:", "//cdn"] {
      #expect(!text.contains(word))
    }
    for image in page.all("img") {
      #expect(image.attributes["src"]?.hasPrefix("data:image/png;base64,") == true)
    }
    #expect(page.elements.allSatisfy { element in !element.attributes.keys.contains { $0.hasPrefix("on") } })
  }

  @Test("Every chart says in words what it shows, and every picture what is in it")
  func accessible() throws {
    let html = try single()
    let page = PageReader(html)
    // A caption is the first or the last child of its figure, and a heading says something.
    let figures = html.split(separator: "<figure class=\"chart")
    #expect(figures.count > 7)
    for figure in figures.dropFirst() {
      #expect(figure.drop { $0 != ">" }.dropFirst().trimmingPrefix("\n").hasPrefix("<figcaption>"))
    }
    #expect(!html.contains("<th scope=\"col\"></th>"))
    let charts = page.all("svg").filter { $0.attributes["aria-hidden"] != "true" }
    #expect(charts.count >= 7)
    #expect(charts.allSatisfy { $0.attributes["role"] == "img" && $0.attributes["aria-labelledby"] != nil })
    #expect(page.all("desc").count == charts.count)
    #expect(page.all("img").allSatisfy { $0.attributes["alt"]?.contains("sample") == true })
    #expect(page.all("table").count == page.all("caption").count)
    #expect(page.all("html").first?.attributes["lang"] == "en")
    #expect(page.all("meta").contains { $0.attributes["name"] == "viewport" })
    #expect(page.text.contains("prefers-color-scheme: dark") && page.text.contains("@media print"))
  }

  @Test("It holds the results, and what they mean")
  func content() throws {
    let text = PageReader(try single()).text
    for expected in [
      // Clean and robust accuracy with counts, and the strongest of two attacks at the radius of training.
      "70.0 %", "7 of 10", "Robust accuracy, l∞ 0.3, at most", "3 of 10, 10.8 to 60.3 %, under pgd-20",
      "Robust accuracy, l∞ 0.05, at least", "proven by crown", "restarts still gain", "0 → 1",
      "sums of float32",
      // Phases of four epochs.
      "attack", "28 s", "reduction", "waiting", "2 ranks x 3 threads", "CPU of a <kind>",
      "18446744073709551615",
      "threat: {norm: linf, epsilon: 0.3}", "\"startedAt\" : \"2023-11-14T22:13:20.000Z\"",
      "20 steps, step size 0.0375, 1 restart", "final", "certify",
    ] {
      #expect(text.contains(expected), "\(expected)")
    }
  }

  @Test("Confusion counts what attacked samples are taken for")
  func confusion() throws {
    let page = try single()
    let matrix = try #require(page.components(separatedBy: "<table class=\"matrix\">").dropFirst().first)
    let rows = matrix.components(separatedBy: "<tbody>")[1].components(separatedBy: "</tbody>")[0]
      .split(separator: "\n").filter { $0.hasPrefix("<tr>") }
    let numbers = rows.map { row in
      row.components(separatedBy: "<td").dropFirst().map { cell in
        Int(cell.components(separatedBy: ">")[1].components(separatedBy: "<")[0]) ?? 0
      }
    }
    // By class 0: of samples 0, 3, 6 and 9 two stay, two are taken for 1, and so on.
    #expect(numbers == [[2, 2, 0], [0, 1, 2], [2, 1, 0]])
  }

  @Test("Names and messages that look like markup stay text")
  func escaping() throws {
    let attack = "<script>alert('x')</script>\" onload=\"y\" &amp; \u{1}"
    let text = try report { folder in
      var run = try SampleRun("\(folder.path)/sample", message: attack, command: attack).reported(
        name: attack)
      run.configuration = "name: \(attack)"
      run.settings = [("<b>key</b>", attack)]
      run.facts = [("<b>key</b>", attack)]
      run.classNames = ["<i>zero</i>", "one\"", "'two'"]
      run.problems = [attack]
      return [run, run]
    }
    let page = PageReader(text)
    #expect(page.problem == nil)
    for name in ["script", "b", "i"] { #expect(page.all(name).isEmpty) }
    #expect(page.elements.allSatisfy { $0.attributes["onload"] == nil })
    #expect(page.text.contains("<script>alert('x')</script>\" onload=\"y\" &amp; \u{FFFD}"))
    #expect(page.text.contains("<i>zero</i>"))
  }

  @Test("Equal runs give equal bytes")
  func deterministic() throws {
    let folder = try TemporaryFolder()
    let sample = try SampleRun("\(folder.path)/sample")
    let texts = try (0..<3).map { _ in try RunReport([sample.reported(name: "a")]).html() }
    #expect(Set(texts).count == 1)
  }

  @Test("Several runs share the charts, and settings in which they differ are told")
  func comparison() throws {
    let text = try report { folder in
      let first = try SampleRun("\(folder.path)/a").reported(name: "first")
      var second = try SampleRun("\(folder.path)/b").reported(name: "second")
      second.settings = [("training.steps", "40")]
      return [first, second]
    }
    let page = PageReader(text)
    #expect(page.problem == nil)
    let ids = page.elements.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
    #expect(ids.count { $0 == "epsilon-linf" } == 1)
    for expected in [
      "first: pgd-20", "second: pgd-20", "first: certified by crown", "training.steps", "2 runs compared",
    ] {
      #expect(page.text.contains(expected), "\(expected)")
    }
  }

  @Test("A run that has only begun, and one of damaged files, still have a report")
  func incomplete() throws {
    let text = try report { folder in
      let begun = try RunDirectory.open("\(folder.path)/begun", mode: .create)
      let damaged = try SampleRun("\(folder.path)/damaged")
      for file in [
        "manifest.json", "evaluations/final/evaluation.json", "evaluations/certify/verdicts.jsonl",
      ] {
        try AtomicFile.write("{\"clean\": ", to: "\(damaged.directory.path)/\(file)")
      }
      return [ReportedRun(begun, name: "begun", classes: 0), damaged.reported(name: "damaged")]
    }
    let page = PageReader(text)
    #expect(page.problem == nil)
    for file in ["manifest.json", "final/evaluation.json", "verdicts.jsonl"] {
      #expect(page.text.contains("\(file) is no report of this program"))
    }
    #expect(
      try RunReport([ReportedRun(name: "empty", path: "empty")]).html().contains("Nothing has been measured"))
  }

  @Test("The table of accuracies has a line for each, with a field for each column")
  func table() throws {
    let folder = try TemporaryFolder()
    let run = try SampleRun("\(folder.path)/sample").reported(name: "a, \"b\"")
    let lines = EvaluationTable([run]).text.split(separator: "\n").map(String.init)

    // Two clean accuracies, four attacks, one certificate.
    #expect(lines.count == 8)
    #expect(lines[0] == EvaluationTable.columns.joined(separator: ","))
    let pgd = try #require(lines.first { $0.contains(",attack,pgd,") && $0.contains(",0.3,20,") })
    #expect(pgd.hasPrefix("\"a, \"\"b\"\"\",final,"))
    #expect(pgd.contains(",3,10,0.3,0.107"))
    let fields = pgd.replacingOccurrences(of: "\"a, \"\"b\"\"\"", with: "a").split(
      separator: ",", omittingEmptySubsequences: false)
    #expect(fields.count == EvaluationTable.columns.count)
  }
}
