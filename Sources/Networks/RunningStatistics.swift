public import Tensors

/// The running statistics of batch normalizations: what evaluation uses in place of a batch's own.
///
/// They are buffers of the model. A gradient carries in their places what its forward passes in training have found:
/// means and unbiased variances, weighted so that one update stands for all passes in order, and the number of passes.
/// Reduced like the gradient, they are means over the micro-batches by the same tree.
public struct RunningStatistics: Sendable {
  /// The share of a new batch, as in PyTorch.
  public static let momentum: Float = 0.1

  static func mean(of name: String) -> String { "\(name).running_mean" }
  static func variance(of name: String) -> String { "\(name).running_var" }
  static func count(of name: String) -> String { "\(name).num_batches_tracked" }

  private struct Layer {
    let mean: ParameterLayout.Entry
    let variance: ParameterLayout.Entry
    let count: ParameterLayout.Entry
  }

  private let layers: [Layer]

  /// Finds the statistics of a model.
  public init(_ layout: ParameterLayout) {
    let buffers = Array(layout.buffers)
    layers = stride(from: 0, to: buffers.count, by: 3).map {
      Layer(mean: buffers[$0], variance: buffers[$0 + 1], count: buffers[$0 + 2])
    }
  }

  /// Those of a model that has seen nothing: means of zero and variances of one.
  func reset(_ parameters: ParameterArena) {
    for layer in layers { parameters.values(layer.variance).update(repeating: 1) }
  }

  /// Takes the statistics in that came with a gradient, which is a mean over samples.
  public func update(_ parameters: ParameterArena, with gradient: ParameterArena) {
    for layer in layers {
      let passes = Int(gradient.pointer[layer.count.offset].rounded())
      guard passes > 0 else { continue }
      var kept: Float = 1
      for _ in 0..<passes { kept *= 1 - Self.momentum }
      for entry in [layer.mean, layer.variance] {
        let (running, found) = (parameters.values(entry), gradient.values(entry))
        for i in running.indices { running[i] = kept * running[i] + Self.momentum * found[i] }
      }
      parameters.pointer[layer.count.offset] += Float(passes)
    }
  }

  /// Makes the statistics in `gradient` those of an earlier pass, to which those of a later one are added.
  public func age(_ gradient: ParameterArena) {
    for layer in layers {
      for entry in [layer.mean, layer.variance] {
        let found = gradient.values(entry)
        for i in found.indices { found[i] *= 1 - Self.momentum }
      }
    }
  }
}
