import Foundation
import Tensors

/// Weights that other programs wrote, under names of their own.
enum ForeignWeights {
  /// Gives tensors the names of a model's parameters.
  ///
  /// Tensors that bear the right names already keep them, also behind a prefix that all have, such as `module.`; counts
  /// of batches may be missing then, and parts that TRADES' code declares without using them are left out. Otherwise
  /// tensors are matched by shape where all shapes differ, else in the natural order of their names, weights and biases
  /// apart, with shapes that have to agree; a model with buffers has too many of the same shape for that.
  ///
  /// - Returns: The tensors under the model's names, and a sentence on the renaming, or nil where there was none.
  /// - Throws: `ParameterMismatch` where the tensors do not fit.
  static func named(
    like layout: ParameterLayout, _ tensors: [NamedTensor]
  ) throws(ParameterMismatch) -> (tensors: [NamedTensor], note: String?) {
    if Set(tensors.map(\.name)) == Set(layout.entries.map(\.name)) { return (tensors, nil) }
    if let found = behindPrefix(layout, tensors) { return found }
    if !layout.buffers.isEmpty {
      // Says which tensor is missing, or is not part of the model.
      try layout.requireFits(tensors)
    }
    guard tensors.count == layout.entries.count else {
      throw ParameterMismatch(
        "it holds \(tensors.count) tensors (\(list(tensors.map(\.name)))), and the model has "
          + "\(layout.entries.count) (\(list(layout.entries.map(\.name))))")
    }
    let matches = uniqueByShape(layout, tensors) ?? inOrder(layout, tensors)
    for (entry, tensor) in matches where entry.shape != tensor.shape {
      throw ParameterMismatch(
        "tensor \(tensor.name) of shape \(tensor.shape) would have to be \(entry.name) of shape \(entry.shape)"
      )
    }
    let renamed = matches.map { NamedTensor(name: $0.name, shape: $1.shape, values: $1.values) }
    let pairs = matches.map { "\($1.name) as \($0.name)" }
    return (renamed, "the weights bear other names and were matched by order and shape: \(list(pairs))")
  }

  /// Tensors whose names end as the model's do, all behind the same beginning.
  private static func behindPrefix(
    _ layout: ParameterLayout, _ tensors: [NamedTensor]
  ) -> (tensors: [NamedTensor], note: String?)? {
    guard let first = layout.entries.first else { return nil }
    let prefixes = tensors.map(\.name).filter { $0.hasSuffix(first.name) }.map {
      String($0.dropLast(first.name.count))
    }
    for prefix in prefixes.sorted(by: { $0.count < $1.count }) {
      let inside = tensors.filter { $0.name.hasPrefix(prefix) }.map {
        NamedTensor(
          name: String($0.name.dropFirst(prefix.count)), shape: $0.shape, values: $0.values,
          isWhole: $0.isWhole)
      }
      let used = inside.filter { !$0.name.hasPrefix(unusedBlock) }
      let names = Set(used.map(\.name))
      let missing = layout.entries.filter { !names.contains($0.name) }
      guard inside.count == tensors.count, missing.allSatisfy(\.isCount),
        used.count + missing.count == layout.entries.count
      else { continue }
      let counts = missing.map { NamedTensor(name: $0.name, shape: $0.shape, values: [0], isWhole: true) }
      let parts = [
        prefix.isEmpty ? nil : "the weights' names begin with \(prefix), which was left out",
        used.count < inside.count ? "\(unusedBlock) is used by no forward pass and was left out" : nil,
        missing.isEmpty ? nil : "counts of batches are missing and begin at zero",
      ]
      return (used + counts, parts.compactMap { $0 }.joined(separator: "; "))
    }
    return nil
  }

  /// A block that TRADES' WideResNet declares a second time and never uses.
  private static let unusedBlock = "sub_block1."

  private typealias Match = (ParameterLayout.Entry, NamedTensor)

  private static func uniqueByShape(_ layout: ParameterLayout, _ tensors: [NamedTensor]) -> [Match]? {
    guard Set(layout.entries.map(\.shape)).count == layout.entries.count else { return nil }
    let byShape = Dictionary(tensors.map { ($0.shape, $0) }, uniquingKeysWith: { first, _ in first })
    let matches = layout.entries.compactMap { entry in byShape[entry.shape].map { (entry, $0) } }
    return matches.count == layout.entries.count ? matches : nil
  }

  /// The tensors in the order of their names, 2.weight before 10.weight.
  static func inNaturalOrder(_ tensors: [NamedTensor]) -> [NamedTensor] {
    tensors.sorted { $0.name.compare($1.name, options: [.numeric]) == .orderedAscending }
  }

  private static func inOrder(_ layout: ParameterLayout, _ tensors: [NamedTensor]) -> [Match] {
    let sorted = inNaturalOrder(tensors)
    let weights = zip(layout.entries.filter { $0.shape.count > 1 }, sorted.filter { $0.shape.count > 1 })
    let biases = zip(layout.entries.filter { $0.shape.count <= 1 }, sorted.filter { $0.shape.count <= 1 })
    return Array(weights) + Array(biases)
  }

  private static func list(_ texts: [String]) -> String { texts.joined(separator: ", ") }
}
