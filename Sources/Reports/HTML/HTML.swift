/// A piece of HTML: text that is put into it is escaped, other pieces are not.
///
///     let row: HTML = "<tr><th>\(run.name)</th><td>\(accuracy, 2) %</td></tr>"
///
/// Pieces are written so that they are well-formed XML too: every element is closed, every attribute is quoted.
struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
  /// The source text.
  private(set) var source: String

  /// A piece without text to escape.
  init(stringLiteral value: String) {
    source = value
  }

  /// A piece with text put in.
  init(stringInterpolation: StringInterpolation) {
    source = stringInterpolation.source
  }

  /// Pieces one after the other.
  init(_ pieces: [HTML], separator: String = "\n") {
    source = pieces.map(\.source).joined(separator: separator)
  }

  /// Nothing.
  static let empty: HTML = ""

  /// Whether there is nothing.
  var isEmpty: Bool { source.isEmpty }

  /// Adds a piece behind.
  static func += (left: inout HTML, right: HTML) {
    left.source += right.source
  }

  /// One piece behind the other.
  static func + (left: HTML, right: HTML) -> HTML {
    var sum = left
    sum += right
    return sum
  }

  /// What takes the place of text.
  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var source = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      source.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: String) {
      source += literal
    }

    /// Text, escaped for content and attributes alike.
    mutating func appendInterpolation(_ text: String) {
      source += HTML.escaped(text)
    }

    /// Text that may be missing.
    mutating func appendInterpolation(_ text: String?) {
      if let text { source += HTML.escaped(text) }
    }

    /// Another piece, as it is.
    mutating func appendInterpolation(_ html: HTML) {
      source += html.source
    }

    /// Other pieces, as they are.
    mutating func appendInterpolation(_ html: [HTML]) {
      source += HTML(html).source
    }

    /// A whole number.
    mutating func appendInterpolation(_ number: Int) {
      source += "\(number)"
    }

    /// A number with so many decimals.
    mutating func appendInterpolation(_ number: Double, _ decimals: Int) {
      source += fixed(number, decimals)
    }
  }

  /// Text without a meaning for HTML and XML; characters that XML does not have become U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
