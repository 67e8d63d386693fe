import ArgumentParser
import Experiments

/// A word where a command's name should be that is none: the parser itself calls it an unexpected argument.
struct UnknownCommand {
  /// What is wrong, and the nearest name.
  let message: String

  /// Looks for the first such word; nil where all name a command.
  init?(in words: some Sequence<String>, below root: any ParsableCommand.Type) {
    var command = root
    var path = [root._commandName]
    for word in words {
      let commands = command.configuration.subcommands
      if commands.isEmpty || word.hasPrefix("-") || (word == "help" && path.count == 1) { return nil }
      guard let next = commands.first(where: { $0._commandName == word }) else {
        let all = path.joined(separator: " ")
        let nearest = NearestKey.nearest(to: word, among: commands.map { $0._commandName })
        message =
          "there is no command \(all) \(word); "
          + (nearest.map { "did you mean \(all) \($0)?" } ?? "\(all) --help lists those there are")
        return
      }
      command = next
      path.append(word)
    }
    return nil
  }
}
