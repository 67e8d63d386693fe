import ArgumentParser
import Experiments
import MessagePassing

extension Bench {
  /// `holdfast bench kernels`.
  struct Kernels: RankCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure every implementation of every layer, and write the table that training chooses by.",
      discussion: """
        Forward pass and gradients of all distinct layers, on one thread, candidates in turns. A * marks what \
        training takes. With --tune the fastest are written into the table of kernels, which is source: build \
        again to use it. HOLDFAST_INSTRUCTION_SET=avx2 measures for CPUs without AVX-512.

        Examples:

          holdfast bench kernels --model cnn-madry cnn-small --json
          holdfast bench kernels --tune
        """)

    @Option(
      parsing: .upToNextOption, help: "The architectures; all if left out.", completion: Completions.models)
    var model: [String] = []

    @Option(help: "The samples of a pass.")
    var microbatch = 32

    @Option(help: "How often every implementation has its turn.")
    var rounds = 40

    @Flag(help: "Rewrite the lines for this instruction set and version of oneDNN in the table of kernels.")
    var tune = false

    @Option(
      name: .shortAndLong, help: "The file that --tune writes; the table's source if left out.",
      completion: .file())
    var output: String?

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
      for (name, value) in [("microbatch", microbatch), ("rounds", rounds)] where value < 1 {
        throw ValidationError("--\(name) is \(value) and has to be at least 1.")
      }
      if output != nil, !tune { throw ValidationError("--output needs --tune.") }
      if output == "" { throw ValidationError("--output names no file.") }
    }

    func run(on communicator: Communicator) throws -> Int32 {
      var options = KernelBenchmark.Options()
      options.models = model
      options.microbatch = microbatch
      options.rounds = rounds
      options.tunes = tune
      options.output = output
      options.json = json
      return try KernelBenchmark(options, on: communicator).run()
    }
  }
}
