/// Which implementations were fastest, measured beforehand for instruction sets, versions of oneDNN and shapes.
///
/// One line each, in any order, blank lines and lines that begin with # aside:
///
///     avx512 2 32x14x14-64k5s1p2m2 forward=winograd backward=library:jit:avx512_core weights=sparse
///     avx512 2 784-10 layer=own weights=library:x64:gemm:jit
///
/// The instruction set, oneDNN's major version, the shape as `KernelShape.key` has it, and what runs the passes:
/// a kernel of our own, or `library:` with oneDNN's name of the implementation, or `library` for the one that it
/// prefers. The number of samples is no part of it.
public struct KernelTable: Sendable, Equatable {
  /// What runs a shape.
  public enum Choice: Equatable, Sendable {
    /// What runs a convolution block.
    case convolution(KernelChoice)
    /// What runs a fully connected layer.
    case dense(DenseChoice)
  }

  /// What a line is about.
  public struct Key: Hashable, Sendable {
    /// The vector instructions that kernels use.
    public let instructionSet: InstructionSet
    /// The major version of oneDNN.
    public let oneDNN: Int
    /// The shape, as `KernelShape.key` has it.
    public let shape: String
  }

  /// All lines.
  public private(set) var lines: [Key: Choice] = [:]

  /// The table that comes with the program.
  public static let tuned: KernelTable = {
    do {
      return try KernelTable(parsing: tunedLines)
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  /// Reads lines.
  ///
  /// - Throws: `KernelTableError` for the first line that is not well-formed or is there twice.
  public init(parsing text: String) throws(KernelTableError) {
    for (index, row) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = row.split(separator: " ")
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      guard let (key, choice) = Self.parse(words) else {
        throw KernelTableError(line: index + 1, text: String(row), problem: "not well-formed")
      }
      guard lines.updateValue(choice, forKey: key) == nil else {
        throw KernelTableError(line: index + 1, text: String(row), problem: "there twice")
      }
    }
  }

  /// The choice for a shape; nil if the table lacks it.
  public subscript(shape: KernelShape, set: InstructionSet, oneDNN oneDNN: Int) -> Choice? {
    get { shape.key.flatMap { lines[Key(instructionSet: set, oneDNN: oneDNN, shape: $0)] } }
    set {
      guard let key = shape.key else { return }
      lines[Key(instructionSet: set, oneDNN: oneDNN, shape: key)] = newValue
    }
  }
}

/// A line of the table that says nothing.
public struct KernelTableError: Error, CustomStringConvertible {
  let line: Int
  let text: String
  let problem: String

  /// A sentence.
  public var description: String {
    "line \(line) of the table of kernels is \(problem): \(text)"
  }
}
