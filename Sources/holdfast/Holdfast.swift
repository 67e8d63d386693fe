import ArgumentParser
import Experiments
import Foundation
import MessagePassing

/// The program: parses the command line, starts MPI, and hands over.
@main
struct Holdfast: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "holdfast",
    abstract: "Trains adversarially robust classifiers over MPI, and measures how robust they are.",
    discussion: """
      Every command runs as one process or under mpirun, with the same results:

        holdfast train configs/quickstart.yaml
        mpirun -n 4 holdfast train configs/mnist-pgd.yaml epochs=5
        mpirun -n 4 holdfast evaluate runs/mnist-pgd --attack fgsm,pgd --epsilon 0.1,0.2,0.3

      Completion in a shell: holdfast --generate-completion-script bash|zsh|fish
      """,
    version: "0.1.0",
    subcommands: [
      Train.self,
      Evaluate.self,
      Attack.self,
      Certify.self,
      Export.self,
      ConfigCommands.self,
      Report.self,
      Bench.self,
      DataCommands.self,
      Doctor.self,
    ])

  static func main() {
    do {
      if let unknown = UnknownCommand(in: CommandLine.arguments.dropFirst(), below: Self.self) {
        throw ValidationError(unknown.message)
      }
      let command = try parseAsRoot()
      if let command = command as? any RankCommand { runOnRanks(command) }
      var plain = command
      try plain.run()
    } catch {
      exitOnce(with: error)
    }
  }

  private static func runOnRanks(_ command: any RankCommand) -> Never {
    // Foundation's exit handlers have nothing to do, and an abort must not wait for them.
    withMPI(exitCode: ExitStatus.of) { world in
      // Meets the ranks that could not read their command line, in `exitOnce`.
      try world.agree { try ProgramEnvironment.check() }
      return try command.run(on: world)
    }
  }

  /// Prints help or a usage error, once for all ranks, and ends with the right code on every one.
  private static func exitOnce(with error: any Error) -> Never {
    let code = exitCode(for: error) == .success ? ExitStatus.success : ExitStatus.usage
    guard LaunchEnvironment.current.launcher != .none else {
      speak(error)
      Foundation.exit(code)
    }
    // mpirun ends the job with the first rank that exits with an error: the speaker has to be done by then.
    withMPI(exitCode: ExitStatus.of) { world in
      do {
        if code != ExitStatus.success {
          try world.agree { throw ExperimentError.usage(fullMessage(for: error)) }
        }
      } catch let failure as CollectiveFailure where failure.isCommon {
        // All ranks were started alike; said below.
      }
      if world.isRoot { speak(error) }
      try world.barrier()
      return code
    }
  }

  private static func speak(_ error: any Error) {
    let text = fullMessage(for: error)
    let stream = exitCode(for: error) == .success ? FileHandle.standardOutput : FileHandle.standardError
    try? stream.write(contentsOf: Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
  }
}

/// A command that all ranks run together.
protocol RankCommand: ParsableCommand {
  /// Runs on one rank and returns the exit code.
  func run(on communicator: Communicator) throws -> Int32
}
