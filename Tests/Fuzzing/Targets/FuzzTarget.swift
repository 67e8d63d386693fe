/// A parser that is fed with damaged input, and what has to hold whatever it is fed with.
public struct FuzzTarget: Sendable, CustomStringConvertible {
  /// The name on the command line and of the folder of its corpus.
  public let name: String
  /// Sound inputs from which mutations start.
  public let seeds: [[UInt8]]
  /// Words of the format, which mutations put in whole.
  public let words: [String]
  /// Reads an input and returns whether it was accepted.
  ///
  /// An input may be refused with the parser's own kind of error, never with a trap; what is accepted has to make
  /// sense, otherwise this throws `FuzzFailure`.
  public let accepts: @Sendable ([UInt8]) throws -> Bool

  /// The name.
  public var description: String { name }

  init(
    _ name: String, seeds: [[UInt8]], words: [String] = [],
    accepts: @escaping @Sendable ([UInt8]) throws -> Bool
  ) {
    self.name = name
    self.seeds = seeds
    self.words = words
    self.accepts = accepts
  }

  /// Every parser of files that people or other programs may have written.
  public static let all = [
    idxImages, idxLabels, idxGzip, cifar, cifar100, safetensors, checkpointState, configuration, overrides,
    verdicts, kernelTable,
  ]
}

/// An input on which a parser was wrong without trapping.
public struct FuzzFailure: Error, CustomStringConvertible {
  /// What did not hold.
  public let description: String
}

func require(_ condition: Bool, _ description: @autoclosure () -> String) throws(FuzzFailure) {
  if !condition { throw FuzzFailure(description: description()) }
}

/// Runs `body`, and returns nil where it throws the parser's own kind of error.
///
/// - Throws: `FuzzFailure` for an error of any other kind.
func refusing<Value, Refusal: Error>(_ kind: Refusal.Type, _ body: () throws -> Value) throws -> Value? {
  do {
    return try body()
  } catch let failure as FuzzFailure {
    throw failure
  } catch is Refusal {
    return nil
  } catch {
    throw FuzzFailure(description: "refused with an error of another kind: \(error)")
  }
}
