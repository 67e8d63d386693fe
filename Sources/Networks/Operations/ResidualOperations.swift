import Kernels
import Tensors

/// Lets two branches read a value: nothing forward, and backward the sum of what both make of its gradient.
final class ForkOperation: Operation {
  let input: ActivationLayout
  var output: ActivationLayout { input }
  var isInPlace: Bool { true }

  init(_ layout: ActivationLayout) {
    input = layout
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    Bound(buffers, count: buffers.batch * input.elements)
  }

  final class Bound: BoundOperation {
    let buffers: OperationBuffers
    let count: Int
    /// Whether a convolution does its work, where it can.
    var isTakenOn = false
    private var isFused = false

    init(_ buffers: OperationBuffers, count: Int) {
      self.buffers = buffers
      self.count = count
    }

    func forward(_ pass: ForwardPass) { isFused = pass.isFused }

    func backwardInput() {
      if isFused && isTakenOn { return }
      guard let side = buffers.sideGradient else { return }
      Passes.selected.add(buffers.outputGradient.pointer, side.pointer, count)
    }
  }
}

/// The sum of two branches, in the memory of the main one; both have the gradient of the sum.
final class SumOperation: Operation {
  let input: ActivationLayout
  var output: ActivationLayout { input }
  var isInPlace: Bool { true }

  init(_ layout: ActivationLayout) {
    input = layout
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    Bound(buffers, count: buffers.batch * input.elements)
  }

  final class Bound: BoundOperation {
    let buffers: OperationBuffers
    let count: Int
    /// Whether a convolution does its work, where it can.
    var isTakenOn = false

    init(_ buffers: OperationBuffers, count: Int) {
      self.buffers = buffers
      self.count = count
    }

    func forward(_ pass: ForwardPass) {
      if pass.isFused && isTakenOn { return }
      guard let side = buffers.side else { return }
      Passes.selected.add(buffers.output.pointer, side.pointer, count)
    }

    func backwardInput() {}
  }
}
