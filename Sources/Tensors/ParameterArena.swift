/// Where each parameter tensor of a model lies in one flat allocation.
///
/// Tensors start at multiples of 16 floats; the gaps hold zeros for ever. One allocation makes the gradient
/// reduction, the optimizer and a checkpoint one loop each.
///
/// Behind what is trained lie buffers, as PyTorch calls them: running statistics, which belong to the model and not to
/// the optimizer. In a gradient their places carry the statistics of the batch, so that these are added up in the same
/// tree.
public struct ParameterLayout: Equatable, Sendable {
  /// One tensor: its name, extents and place.
  public struct Entry: Equatable, Sendable {
    /// The name, as in a PyTorch `state_dict`.
    public let name: String
    /// The extents, outermost first (OIHW for convolutions, [out, in] for linear layers).
    public let shape: [Int]
    /// The index of the first element in the arena.
    public let offset: Int
    /// The number of elements.
    public let count: Int

    /// Whether the tensor counts batches, which other programs keep as a whole number.
    public var isCount: Bool { name.hasSuffix(".num_batches_tracked") }
  }

  /// The tensors in the order of the model's layers: what is trained, and then the buffers.
  public let entries: [Entry]
  /// The size of the arena in floats, gaps included.
  public let count: Int
  /// The size of the part that is trained, from the first float on.
  public let trainedCount: Int

  /// Lays tensors out one behind the other.
  ///
  /// - Parameters:
  ///   - tensors: What is trained.
  ///   - buffers: What belongs to the model besides.
  public init(_ tensors: [(name: String, shape: [Int])], buffers: [(name: String, shape: [Int])] = []) {
    var entries: [Entry] = []
    var offset = 0
    func append(_ tensor: (name: String, shape: [Int])) {
      let count = tensor.shape.reduce(1, *)
      entries.append(Entry(name: tensor.name, shape: tensor.shape, offset: offset, count: count))
      offset += (count + 15) / 16 * 16
    }
    tensors.forEach(append)
    trainedCount = offset
    buffers.forEach(append)
    self.entries = entries
    count = offset
  }

  /// The tensors that are trained.
  public var trainedEntries: ArraySlice<Entry> { entries.prefix { $0.offset < trainedCount } }
  /// The tensors that are not.
  public var buffers: ArraySlice<Entry> { entries.drop { $0.offset < trainedCount } }
  /// The layout of what is trained alone: an optimizer's moments.
  public var trained: ParameterLayout { ParameterLayout(trainedEntries.map { ($0.name, $0.shape) }) }

  /// The number of parameters, gaps and buffers not counted.
  public var parameterCount: Int { trainedEntries.reduce(0) { $0 + $1.count } }

  /// The tensor called `name`.
  public subscript(name: String) -> Entry? { entries.first { $0.name == name } }
}

/// One float for every parameter of a model: its weights, a gradient, or an optimizer's moment.
public final class ParameterArena: @unchecked Sendable {
  /// Where each tensor lies.
  public let layout: ParameterLayout
  /// The values, with zeros in the gaps.
  public let storage: AlignedBuffer<Float>

  /// Creates an arena of zeros.
  public init(_ layout: ParameterLayout) {
    self.layout = layout
    storage = AlignedBuffer(count: layout.count)
  }

  /// Creates an arena in the given memory, which holds zeros.
  public init(_ layout: ParameterLayout, in storage: AlignedBuffer<Float>) {
    precondition(storage.count == layout.count, "\(storage.count) floats for an arena of \(layout.count)")
    self.layout = layout
    self.storage = storage
  }

  /// The first value.
  public var pointer: UnsafeMutablePointer<Float> { storage.pointer }
  /// The number of floats, gaps included.
  public var count: Int { layout.count }

  /// The values of one tensor.
  public func values(_ entry: ParameterLayout.Entry) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: pointer + entry.offset, count: entry.count)
  }

  /// Copies all values from an arena of the same layout.
  public func copy(from other: ParameterArena) {
    precondition(other.layout == layout, "arenas of different layouts")
    storage.copy(from: other.storage)
  }

  /// All tensors with their values.
  public func namedTensors(prefix: String = "") -> [NamedTensor] {
    layout.entries.map {
      NamedTensor(name: prefix + $0.name, shape: $0.shape, values: Array(values($0)), isWhole: $0.isCount)
    }
  }

  /// Takes the values of `tensors`, which must have exactly this layout's names and shapes in any order.
  ///
  /// - Throws: `ParameterMismatch` naming the first tensor that is missing, unknown or of another shape; nothing is
  ///   changed then.
  public func load(_ tensors: [NamedTensor], prefix: String = "") throws(ParameterMismatch) {
    try layout.requireFits(tensors, prefix: prefix)
    let given = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for entry in layout.entries {
      guard let tensor = given[prefix + entry.name] else { continue }
      _ = values(entry).update(from: tensor.values)
    }
  }
}

extension ParameterLayout {
  /// Checks that `tensors` have exactly this layout's names and shapes, in any order.
  ///
  /// - Throws: `ParameterMismatch` naming the first tensor that is missing, unknown or of another shape.
  public func requireFits(_ tensors: [NamedTensor], prefix: String = "") throws(ParameterMismatch) {
    let given = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for entry in entries {
      guard let tensor = given[prefix + entry.name] else {
        throw ParameterMismatch("tensor \(prefix + entry.name) of shape \(entry.shape) is missing")
      }
      guard tensor.shape == entry.shape else {
        throw ParameterMismatch(
          "tensor \(tensor.name) has shape \(tensor.shape), the model needs \(entry.shape)")
      }
    }
    let known = Set(entries.map { prefix + $0.name })
    if let stranger = tensors.first(where: { !known.contains($0.name) }) {
      throw ParameterMismatch("tensor \(stranger.name) of shape \(stranger.shape) is not part of the model")
    }
  }
}

/// Tensors that do not fit a model, in words.
public struct ParameterMismatch: Error, Equatable, CustomStringConvertible {
  /// What does not fit.
  public let description: String

  /// Creates the error.
  public init(_ description: String) {
    self.description = description
  }
}
