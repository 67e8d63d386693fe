import Experiments
import Foundation
import TestSupport
import Testing

/// The README's table of keys.
struct ConfigurationReferenceTests {
  /// Key and default of every row of every table that starts with a key.
  private let rows: [(key: String, fallback: String)]

  init() throws {
    let readme = Checkout.folder.appendingPathComponent("README.md")
    rows = try String(contentsOf: readme, encoding: .utf8).split(separator: "\n").compactMap { line in
      let cells = line.components(separatedBy: " | ")
      guard cells.count == 4, cells[0].hasPrefix("| `"), cells[0].hasSuffix("`") else { return nil }
      return (String(cells[0].dropFirst(3).dropLast()), cells[2])
    }
  }

  @Test("The README has a row for every key, and for no other")
  func keys() {
    let attacks = ["evaluation.attack.", "evaluation.final[]."]
    let documented = Set(
      ExperimentConfiguration.keys.map(\.path).compactMap { (path: String) -> String? in
        if path.hasPrefix(attacks[1]) { return nil }
        return path.hasPrefix(attacks[0]) ? String(path.dropFirst(attacks[0].count)) : path
      })
    let sections = documented.filter { section in documented.contains { $0.hasPrefix(section + ".") } }

    #expect(Set(rows.map(\.key)) == documented.subtracting(sections))
  }

  @Test("The README's defaults are those of the program")
  func defaults() throws {
    var compared = 0
    for key in ExperimentConfiguration.keys {
      // Step sizes follow from epsilon, and the name from the file.
      guard let fallback = key.fallback, !key.path.hasSuffix("stepSize"), key.path != "name",
        let row = rows.first(where: { $0.key == key.path })
      else { continue }
      compared += 1
      #expect(Double(row.fallback) == Double(fallback), "\(key.path)")
      if Double(fallback) == nil { #expect(row.fallback == fallback, "\(key.path)") }
    }
    #expect(compared > 25)
  }
}
