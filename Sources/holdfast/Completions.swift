import ArgumentParser
import Experiments

/// What shells offer for arguments that are one of a few names, from the declarations that the program reads by.
///
/// For `holdfast --generate-completion-script bash|zsh|fish`.
enum Completions {
  static var models: CompletionKind { names("model.name") }
  static var datasets: CompletionKind { names("data.name") }
  static var attacks: CompletionKind { names("evaluation.attack.name") }
  static var losses: CompletionKind { names("evaluation.attack.lossFunction") }
  static var versions: CompletionKind { names("evaluation.attack.version") }
  static var norms: CompletionKind { names("threat.norm") }
  static var splits: CompletionKind { .list(["test", "validation"]) }
  static var checkpoints: CompletionKind { .list(["best", "latest"]) }
  /// A run or a checkpoint is a folder, weights are a file.
  static var target: CompletionKind { .file() }

  /// Settings key=value: first the keys, then the values of the one that is there.
  static var settings: CompletionKind {
    .custom { words, index, prefix in complete(words, index, prefix) }
  }

  private static func complete(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    let word = words.indices.contains(index) ? words[index] : prefix
    // bash takes = for the end of a word, and wants what follows it alone.
    if word == "=", index > 0 { return values(of: words[index - 1], from: "") }
    if index > 1, words.indices.contains(index), words[index - 1] == "=" {
      return values(of: words[index - 2], from: word)
    }
    guard let equals = word.firstIndex(of: "=") else {
      return ConfigurationCommand.settings.map { $0.key + "=" }.filter { $0.hasPrefix(word) }
    }
    let key = String(word[..<equals])
    return values(of: key, from: String(word[equals...].dropFirst())).map { "\(key)=\($0)" }
  }

  private static func values(of key: String, from prefix: String) -> [String] {
    let values = ConfigurationCommand.settings.first { $0.key == key }?.values ?? []
    return values.filter { $0.hasPrefix(prefix) }
  }

  private static func names(_ key: String) -> CompletionKind {
    .list(ConfigurationCommand.settings.first { $0.key == key }?.values ?? [])
  }
}
