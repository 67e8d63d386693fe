import Kernels

/// Chooses implementations from measurements.
enum KernelTuning {
  /// How much slower a kernel of our own, or one that oneDNN prefers, may be and still be taken: less is noise.
  private static let tie = 1.03

  /// The choice for a shape; nil where a pass has no candidate that may be taken.
  static func choice(for shape: KernelShape, from found: [TimedCandidate]) -> KernelTable.Choice? {
    guard let weights = fastest(found, .weightGradient) else { return nil }
    switch shape {
    case .convolution:
      guard case .convolution(let weights) = weights.choice,
        case .convolution(let forward) = fastest(found, .forward)?.choice,
        case .convolution(let backward) = fastest(found, .inputGradient)?.choice
      else { return nil }
      let library = AffineChoice(
        forward: forward.library.forward, backward: backward.library.backward,
        weights: weights.library.weights)
      return .convolution(
        KernelChoice(
          forward: forward.forward, backward: backward.backward,
          parameterGradient: weights.parameterGradient, library: library))
    case .dense:
      guard case .dense(let weights) = weights.choice, case .dense(let layer) = fastestLayer(found)?.choice
      else { return nil }
      var library = layer.library
      library.weights = weights.library.weights
      return .dense(
        DenseChoice(
          isOwn: layer.isOwn, ownsParameterGradient: weights.ownsParameterGradient, library: library))
    }
  }

  private static func fastest(_ found: [TimedCandidate], _ pass: KernelPass) -> KernelCandidate? {
    let admitted = found.filter { $0.candidate.pass == pass && $0.isRowIndependent != false }
    return first(admitted.map { ($0.candidate, $0.best) })
  }

  /// What needs the least time for a step of an attack: the forward pass and the gradient by the input.
  private static func fastestLayer(_ found: [TimedCandidate]) -> KernelCandidate? {
    let admitted = found.filter { $0.isRowIndependent != false }
    return first(
      admitted.filter { $0.candidate.pass == .forward }.compactMap { forward in
        let backward = admitted.first {
          $0.candidate.pass == .inputGradient && $0.candidate.name == forward.candidate.name
        }
        return backward.map { (forward.candidate, forward.best + $0.best) }
      })
  }

  /// The first of those that are as good as the best: our own come first, then oneDNN's as it prefers them.
  private static func first(_ timed: [(candidate: KernelCandidate, seconds: Double)]) -> KernelCandidate? {
    let best = timed.map(\.seconds).min() ?? 0
    return timed.first { $0.seconds <= tie * best }?.candidate
  }
}
