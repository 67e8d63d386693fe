import DataParallel
import Foundation
public import MessagePassing
import Tensors

/// `holdfast bench allreduce`: the reduction of one gradient, beside `MPI_Allreduce` of as many floats.
public struct AllreduceBenchmark {
  /// What the command line says.
  public struct Options: Sendable {
    /// The floats of a gradient.
    public var elements = 3_275_000
    /// How often each of the two is measured, behind three rounds that warm up.
    public var repetitions = 41
    /// Whether standard output gets one JSON object.
    public var json = false

    /// Creates options with their defaults.
    public init() {}
  }

  private static let warmUps = 3
  /// A mean is what is asked for; halves of whole numbers are exact.
  private static let scale: Float = 0.5

  private let options: Options
  private let communicator: Communicator
  private let console: Console

  /// Prepares the command on one rank.
  public init(_ options: Options, on communicator: Communicator) {
    self.options = options
    self.communicator = communicator
    console = Console(isSpeaker: communicator.isRoot)
  }

  /// Measures, prints, and returns the exit code; called on all ranks together.
  ///
  /// The two alternate, so that whatever slows the machine down meets both.
  ///
  /// - Throws: A failure of all ranks where a sum is wrong.
  public func run() throws -> Int32 {
    let layout = ParameterLayout([("gradient", [options.elements])])
    let library = ParameterArena(layout)
    let reducer = GradientReducer(communicator, layout)
    var librarySeconds: [Double] = []
    var ownSeconds: [Double] = []
    var probes = [try WorkerProbe.measure(threads: 1, on: communicator)]
    for round in 0..<Self.warmUps + options.repetitions {
      // As at the end of a batch, each rank has just written what it brings.
      fill(library)
      let libraryTime = try measure { try communicator.sumInLibraryOrder(inPlace: library.storage.elements) }
      for (_, sum) in try reducer.begin(leaves: communicator.size) { fill(sum) }
      let ownTime = try measure { try reducer.reduce(scaledBy: Self.scale) }
      try communicator.agree {
        try check(library, "MPI_Allreduce", scale: 1)
        try check(reducer.sum, "the gradient reduction", scale: Self.scale)
      }
      if round < Self.warmUps { continue }
      librarySeconds.append(libraryTime)
      ownSeconds.append(ownTime)
    }
    probes.append(try WorkerProbe.measure(threads: 1, on: communicator))
    let result = AllreduceMeasurement(
      elements: layout.count, ranks: communicator.size, path: reducer.path, warning: reducer.warning,
      library: librarySeconds, reduction: ownSeconds, probes: probes)
    try console.print(result, asJSON: options.json, text: result.text)
    return ExitStatus.success
  }

  /// The seconds until the last rank was done.
  private func measure(_ body: () throws -> Void) throws -> Double {
    let clock = ContinuousClock()
    try communicator.barrier()
    let start = clock.now
    try body()
    return try communicator.allReduce((clock.now - start).inSeconds, .maximum)
  }

  /// Small whole numbers: every order of additions gives the same sum.
  private func fill(_ gradient: ParameterArena) {
    for index in 0..<gradient.count {
      gradient.pointer[index] = Float((communicator.rank + 1) * (1 + index % 8))
    }
  }

  private func check(_ sum: ParameterArena, _ name: String, scale: Float) throws {
    let ranks = communicator.size * (communicator.size + 1) / 2
    let expected = { (index: Int) in Float(ranks * (1 + index % 8)) * scale }
    let wrong = (0..<sum.count).first { sum.pointer[$0] != expected($0) }
    guard let wrong else { return }
    throw WrongSum(
      description: "\(name) gave \(sum.pointer[wrong]) for element \(wrong) instead of \(expected(wrong))")
  }
}

/// A sum of whole numbers that is not what arithmetic says.
private struct WrongSum: Error, CustomStringConvertible {
  let description: String
}
