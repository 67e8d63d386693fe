import Foundation
import TestSupport
import Testing

@Suite("Help and completions")
struct HelpTests {
  private static let commands = [
    [], ["train"], ["evaluate"], ["attack"], ["report"], ["certify"], ["export"], ["config"],
    ["config", "schema"],
    ["bench"],
    ["bench", "step"], ["bench", "evaluation"], ["bench", "kernels"], ["bench", "allreduce"],
    ["bench", "scaling"], ["bench", "leaderboard"], ["data"],
    ["data", "fetch"], ["data", "describe"], ["data", "verify"], ["doctor"],
  ]

  @Test("The help of every command has an example of it", arguments: commands)
  func examples(command: [String]) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(command + ["--help"], data: data)

      #expect(result.exitCode == 0)
      let call = (["holdfast"] + command).joined(separator: " ") + " "
      let examples = result.standardOutput.split(separator: "\n").filter {
        $0.contains(call) && !$0.hasPrefix("USAGE:") && !$0.contains("See '")
      }
      #expect(!examples.isEmpty, "\(result.standardOutput)")
    }
  }

  @Test("No command is missing above")
  func complete() async throws {
    try await withTemporaryDirectory { data in
      for command in Self.commands where command.count < 2 {
        let help = try await runHoldfast(command + ["--help"], data: data).standardOutput
        guard let list = help.range(of: "SUBCOMMANDS:\n") else { continue }
        let names = help[list.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
          .prefix { !$0.isEmpty }.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
          .compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(!names.isEmpty)
        for name in names { #expect(Self.commands.contains(command + [name]), "\(command) \(name)") }
      }
    }
  }

  @Test(
    "A command that does not exist is a usage error that names the nearest",
    arguments: [
      (["trian", "run.yaml"], "there is no command holdfast trian; did you mean holdfast train?"),
      (
        ["bench", "stpe", "--json"],
        "there is no command holdfast bench stpe; did you mean holdfast bench step?"
      ),
      (["frobnicate"], "there is no command holdfast frobnicate; holdfast --help lists"),
    ])
  func unknownCommand(words: [String], message: String) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(words, data: data)

      #expect(result.exitCode == 64)
      #expect(result.standardError.contains(message), "\(result.standardError)")
      #expect(result.standardOutput.isEmpty)
    }
  }

  @Test("Scripts for shells are printed", arguments: ["bash", "zsh", "fish"])
  func scripts(shell: String) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(["--generate-completion-script", shell], data: data)

      #expect(result.exitCode == 0)
      for name in ["evaluate", "apgd-ce", "cnn-madry", "safetensors"] {
        #expect(result.standardOutput.contains(name), "\(name)")
      }
    }
  }

  @Test("Bash completes commands, names, and settings of a configuration")
  func bash() async throws {
    try await withTemporaryDirectory { data in
      let script = try await runHoldfast(["--generate-completion-script", "bash"], data: data).standardOutput
      try Data(script.utf8).write(to: data.appendingPathComponent("completions.bash"))
      try Data("{}".utf8).write(to: data.appendingPathComponent("own.yaml"))
      let program = try BuiltProducts.executable("holdfast").deletingLastPathComponent().path
      for (words, expected) in [
        (["eva"], "evaluate"), (["evaluate", "run", "--attack", "squ"], "square"),
        (["evaluate", "run", "--norm", ""], "linf"), (["export", "run", "--format", "o"], "onnx"),
        (["train", "own.yaml", "training.st"], "training.steps="),
        (["train", "own.yaml", "training.method=tr"], "training.method=trades"),
        (["data", "verify", "cifar1"], "cifar100"),
      ] {
        let found = try await complete(words, in: data, path: program)
        #expect(found.contains(expected), "\(words): \(found)")
      }
    }
  }

  /// What bash offers at the end of a command line.
  private func complete(_ words: [String], in directory: URL, path: String) async throws -> [String] {
    let line = (["holdfast"] + words).map { "'\($0)'" }.joined(separator: " ")
    let script = """
      PATH="\(path):$PATH"
      source completions.bash
      COMP_WORDS=(\(line)); COMP_CWORD=\(words.count); COMP_LINE="holdfast \(words.joined(separator: " "))"
      COMP_POINT=${#COMP_LINE}
      $(complete -p holdfast | sed 's/.*-F \\([^ ]*\\).*/\\1/') holdfast "${COMP_WORDS[COMP_CWORD]}" \
        "${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let result = try await runRanks(
      executable: URL(fileURLWithPath: "/bin/bash"), arguments: ["-c", script], ranks: nil, environment: [:],
      directory: directory)
    return result.standardOutput.split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
  }

  @Test(
    "A mistyped option is answered with the nearest",
    arguments: [
      (["evaluate", "run", "--atack", "pgd"], "--attack"), (["train", "own.yaml", "--dry-rnu"], "--dry-run"),
    ])
  func nearest(words: [String], option: String) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(words, data: data)

      #expect(result.exitCode == 64)
      #expect(result.standardError.contains("Did you mean '\(option)'?"), "\(result.standardError)")
    }
  }
}
