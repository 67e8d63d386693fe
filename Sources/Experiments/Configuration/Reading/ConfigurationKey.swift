/// What is known of one key: the source of messages, and of a schema.
///
/// Sections declare their keys by reading them, so a declaration cannot drift from what is read.
package struct ConfigurationKey: Equatable, Sendable {
  /// The path with dots, such as `training.steps`.
  package let path: String
  /// The type in words, such as `a whole number from 1 to 1000000`.
  package let type: String
  /// The type for programs.
  let kind: Kind
  /// The names to choose from, if it is a choice.
  package let allowed: [String]
  /// The value that stands for a key left out; nil if there is none.
  package let fallback: String?
  /// What the key means, in a sentence.
  package let documentation: String
  /// Whether the key does anything beside the names that were chosen (of a method, an optimizer, ...).
  package let isUsed: Bool
  /// Whether its value decides which other keys of the section do anything.
  let selects: Bool
}

extension ConfigurationKey {
  /// What may stand behind a key.
  indirect enum Kind: Equatable, Sendable {
    /// A whole number between two others, which are texts since they may be too large for any type.
    case integer(lower: String, upper: String)
    case number(NumberRange)
    case flag
    /// One of a few names, or what a regular expression says.
    case choice([String], pattern: String? = nil)
    /// Text, where it can be said as a regular expression.
    case text(pattern: String?)
    case list(of: Kind, count: ClosedRange<Int>)
    case section
    /// The name of an attack, or a section with its settings.
    case attack
    case attacks
  }
}

/// A setting that is one of a few names.
protocol ConfigurationChoice: RawRepresentable, CaseIterable, Sendable where RawValue == String {
  /// What further names look like, as a regular expression; nil where there are no others.
  static var pattern: String? { get }
}

extension ConfigurationChoice {
  static var pattern: String? { nil }
}
