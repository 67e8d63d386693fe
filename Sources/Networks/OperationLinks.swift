import Kernels
import Tensors

/// Which operations of a plan a convolution can take on, where normalizations use running statistics.
///
/// Forward that is the sum at the end of a residual block, and the normalization with ReLU behind it or behind the
/// convolution itself. Backward it is the normalization with ReLU before the convolution, and the sum of gradients at
/// the fork before that. Everything is found in the order of the plan.
struct OperationLinks {
  /// What one convolution takes on, as the numbers of steps.
  struct Link: Equatable {
    let convolution: Int
    var sum: Int?
    var normalization: Int?
    /// Whether the values before the normalization are read by another branch.
    var keepsSum = false
    var precedingNormalization: Int?
    var fork: Int?
  }

  let links: [Link]

  init(_ plan: NetworkPlan) {
    let steps = plan.steps
    links = steps.indices.compactMap { index in
      guard let convolution = steps[index].operation as? ConvolutionOperation else { return nil }
      var link = Link(convolution: index)
      if convolution.kernel.finishesForward { link.follow(steps) }
      if convolution.kernel.finishesBackward { link.precede(steps) }
      return link
    }
  }
}

extension OperationLinks.Link {
  fileprivate mutating func follow(_ steps: [NetworkPlan.Step]) {
    var next = convolution + 1
    var value = steps[convolution].output
    if next < steps.count, steps[next].operation is SumOperation, steps[next].input == value {
      sum = next
      keepsSum = true
      value = steps[next].output
      next += 1
    }
    if next < steps.count, steps[next].operation is ForkOperation, steps[next].input == value {
      keepsSum = true
      value = steps[next].output
      next += 1
    }
    guard next < steps.count, let following = steps[next].operation as? BatchNormalizationOperation,
      following.activation == .relu, steps[next].input == value
    else { return }
    normalization = next
    // A sum that no other branch reads is of no use but to the normalization.
    keepsSum = next > 0 && steps[next - 1].operation is ForkOperation
  }

  fileprivate mutating func precede(_ steps: [NetworkPlan.Step]) {
    let before = convolution - 1
    guard before >= 0, let preceding = steps[before].operation as? BatchNormalizationOperation,
      preceding.activation == .relu, steps[before].output == steps[convolution].input
    else { return }
    precedingNormalization = before
    if before > 0, steps[before - 1].operation is ForkOperation,
      steps[before - 1].output == steps[before].input
    {
      fork = before - 1
    }
  }
}

extension OperationLinks.Link {
  /// Has the bound convolution take on what it can, and tells those whose work that is.
  func connect(
    _ operations: [any BoundOperation], _ steps: [NetworkPlan.Step],
    activation: (Int) -> AlignedBuffer<Float>, gradient: (Int) -> AlignedBuffer<Float>
  ) {
    guard let bound = operations[convolution] as? ConvolutionOperation.Bound else { return }
    var following = ConvolutionFinish()
    if let sum, let operation = operations[sum] as? SumOperation.Bound, let side = steps[sum].side {
      following.addend = activation(side)
      operation.isTakenOn = true
    }
    if let normalization, let operation = operations[normalization] as? BatchNormalizationOperation.Bound {
      let numbers = operation.operation.running
      following.normalization = (numbers.scale, numbers.shift)
      following.sum = keepsSum ? activation(steps[convolution].output) : nil
      following.output = activation(steps[normalization].output)
      operation.isTakenOnForward = true
    }
    bound.following = sum == nil && normalization == nil ? nil : following

    var preceding = ConvolutionFinish()
    guard let precedingNormalization,
      let operation = operations[precedingNormalization] as? BatchNormalizationOperation.Bound
    else { return }
    preceding.gate = (activation(steps[convolution].input), operation.operation.running.scale)
    operation.isTakenOnBackward = true
    if let fork, let operation = operations[fork] as? ForkOperation.Bound, let side = steps[fork].side {
      preceding.addend = gradient(side)
      operation.isTakenOn = true
    }
    bound.preceding = preceding
  }
}
