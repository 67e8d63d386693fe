/// Where each parameter tensor of a model lies in one flat allocation.
///
/// Tensors start at multiples of 16 floats; the gaps hold zeros for ever. One allocation makes the gradient
/// reduction, the optimizer and a checkpoint one loop each.
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
  }

  /// The tensors in the order of the model's layers.
  public let entries: [Entry]
  /// The size of the arena in floats, gaps included.
  public let count: Int

  /// Lays tensors out one behind the other.
  public init(_ tensors: [(name: String, shape: [Int])]) {
    var entries: [Entry] = []
    var offset = 0
    for tensor in tensors {
      let count = tensor.shape.reduce(1, *)
      entries.append(Entry(name: tensor.name, shape: tensor.shape, offset: offset, count: count))
      offset += (count + 15) / 16 * 16
    }
    self.entries = entries
    count = offset
  }

  /// The number of parameters, gaps not counted.
  public var parameterCount: Int { entries.reduce(0) { $0 + $1.count } }

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
    layout.entries.map { NamedTensor(name: prefix + $0.name, shape: $0.shape, values: Array(values($0))) }
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
