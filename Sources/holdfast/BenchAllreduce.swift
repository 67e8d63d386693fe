import ArgumentParser
import Experiments
import MessagePassing

extension Bench {
  /// `holdfast bench allreduce`.
  struct Allreduce: RankCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure the gradient reduction beside MPI_Allreduce of the same size.",
      discussion: """
        Both alternate in one run; a repetition lasts until the last rank is done. Example:

          mpirun -n 2 holdfast bench allreduce --megabytes 13.1 --json
        """)

    @Option(help: "The size of the gradient in millions of bytes.")
    var megabytes = 13.1

    @Option(help: "The size of the gradient in floats, instead of --megabytes.")
    var elements: Int?

    @Option(help: "How often each of the two is measured.")
    var repetitions = 41

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
      // The library counts elements in 32 bits.
      let most = Int(Int32.max) / 16 * 16
      if let elements {
        guard 1...most ~= elements else {
          throw ValidationError("--elements is \(elements) and has to be 1 to \(most).")
        }
      } else {
        guard megabytes * 1e6 >= 4, megabytes * 1e6 <= Double(4 * most) else {
          throw ValidationError(
            "--megabytes is \(megabytes) and has to be 4e-6 (one float) to \(4 * most / 1_000_000).")
        }
      }
      if repetitions < 1 {
        throw ValidationError("--repetitions is \(repetitions) and has to be at least 1.")
      }
    }

    func run(on communicator: Communicator) throws -> Int32 {
      var options = AllreduceBenchmark.Options()
      options.elements = elements ?? Int(megabytes * 1e6 / 4)
      options.repetitions = repetitions
      options.json = json
      return try AllreduceBenchmark(options, on: communicator).run()
    }
  }
}
