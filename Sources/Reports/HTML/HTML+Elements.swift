import Foundation

extension HTML {
  /// A table with headings in its first row and, in every other row, its first cell.
  ///
  /// - Parameters:
  ///   - caption: What the table holds.
  ///   - columns: The headings; the first is that of the row headings.
  ///   - rows: The cells.
  ///   - texts: The columns that hold text and are aligned left; all others hold numbers.
  ///   - long: The columns whose text may take several lines.
  static func table(
    caption: String, columns: [String], rows: [[HTML]], texts: Set<Int> = [0], long: Set<Int> = []
  ) -> HTML {
    func className(_ column: Int) -> String {
      long.contains(column) ? "text long" : texts.contains(column) ? "text" : "number"
    }
    let heading = columns.enumerated().map { column, text -> HTML in
      "<th scope=\"col\" class=\"\(className(column))\">\(text)</th>"
    }
    let lines = rows.map { cells -> HTML in
      let parts = cells.enumerated().map { column, cell -> HTML in
        column == 0
          ? "<th scope=\"row\" class=\"\(className(column))\">\(cell)</th>"
          : "<td class=\"\(className(column))\">\(cell)</td>"
      }
      return "<tr>\(HTML(parts, separator: ""))</tr>"
    }
    return """
      <div class="scroll"><table>
      <caption>\(caption)</caption>
      <thead><tr>\(HTML(heading, separator: ""))</tr></thead>
      <tbody>
      \(lines)
      </tbody>
      </table></div>
      """
  }

  /// Something that is shown on request.
  static func details(_ summary: String, _ content: HTML, isOpen: Bool = false) -> HTML {
    "<details\(isOpen ? " open=\"open\"" : HTML.empty)><summary>\(summary)</summary>\n\(content)\n</details>"
  }

  /// A section with a heading that links lead to.
  static func section(_ id: String, _ title: String, _ content: HTML) -> HTML {
    """
    <section id="\(id)">
    <h2>\(title)</h2>
    \(content)
    </section>
    """
  }

  /// An image as a part of the page.
  ///
  /// - Throws: `ReportError.image`.
  static func image(_ picture: PNGImage, alternative: String, magnification: Int) throws -> HTML {
    """
    <img width="\(picture.width * magnification)" height="\(picture.height * magnification)" \
    alt="\(alternative)" src="data:image/png;base64,\(try picture.encoded().base64EncodedString())" />
    """
  }
}
