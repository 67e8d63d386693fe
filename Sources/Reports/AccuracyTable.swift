import Foundation

/// A text table of accuracies for the terminal: a row per model or attack, a column per epsilon.
public struct AccuracyTable: Sendable, Equatable {
  private struct Row: Equatable {
    var name: String
    var cells: [AccuracyCount?]
  }

  private let corner: String
  private let columns: [String]
  private let remark: String
  private var rows: [Row] = []

  /// Creates a table without rows.
  ///
  /// - Parameters:
  ///   - corner: What the columns are, the heading above the row names.
  ///   - columns: The columns' headings, for example `["0", "0.05", "8/255"]`.
  ///   - remark: What is said behind the number of samples, such as `, the first of 10000`.
  public init(corner: String = "epsilon", columns: [String], remark: String = "") {
    self.corner = corner
    self.columns = columns
    self.remark = remark
  }

  /// Adds a row; nil leaves a cell open.
  ///
  /// - Precondition: there is a cell for each column.
  public mutating func append(_ name: String, _ cells: [AccuracyCount?]) {
    precondition(cells.count == columns.count, "\(cells.count) cells in a table of \(columns.count) columns")
    rows.append(Row(name: name, cells: cells))
  }

  /// The table: accuracies in percent, names aligned left, numbers right, the number of samples below.
  public func rendered() -> String {
    let cells = rows.map { row in row.cells.map { $0.map(Self.percent) ?? "-" } }
    let nameWidth = ([corner] + rows.map(\.name)).map(\.count).max() ?? 0
    let widths = columns.indices.map { column in
      ([columns[column]] + cells.map { $0[column] }).map(\.count).max() ?? 0
    }
    func line(_ name: String, _ texts: [String]) -> String {
      let numbers = zip(texts, widths).map { "  " + padding($1 - $0.count) + $0 }.joined()
      return name + padding(nameWidth - name.count) + numbers
    }

    let heading = line(corner, columns)
    var lines = [heading, String(repeating: "-", count: heading.count)]
    lines += zip(rows, cells).map { line($0.name, $1) }
    let totals = Set(rows.flatMap(\.cells).compactMap { $0?.total }).sorted()
    if !totals.isEmpty {
      lines.append("accuracy in %, n = \(totals.map(String.init).joined(separator: ", "))\(remark)")
    }
    return lines.joined(separator: "\n")
  }

  private func padding(_ width: Int) -> String { String(repeating: " ", count: width) }

  private static func percent(_ count: AccuracyCount) -> String {
    String(format: "%.2f", 100 * count.accuracy)
  }
}
