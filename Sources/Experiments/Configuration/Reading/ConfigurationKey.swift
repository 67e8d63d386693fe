/// What is known of one key: the source of messages, and of a schema.
///
/// Sections declare their keys by reading them, so a declaration cannot drift from what is read.
package struct ConfigurationKey: Equatable, Sendable {
  /// The path with dots, such as `training.steps`.
  package let path: String
  /// The type in words, such as `a whole number from 1 to 1000000`.
  package let type: String
  /// The names to choose from, if it is a choice.
  package let allowed: [String]
  /// The value that stands for a key left out; nil if there is none.
  package let fallback: String?
  /// What the key means, in a sentence.
  package let documentation: String
  /// Whether the key does anything beside the names that were chosen (of a method, an optimizer, ...).
  package let isUsed: Bool
}

/// A setting that is one of a few names.
protocol ConfigurationChoice: RawRepresentable, CaseIterable, Sendable where RawValue == String {}
