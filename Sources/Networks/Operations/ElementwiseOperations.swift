import Kernels
import Tensors

/// max(x, 0), in place: its output says where the gradient passes.
final class ReLUOperation: Operation {
  let input: ActivationLayout
  var output: ActivationLayout { input }
  var isInPlace: Bool { true }

  init(input: ActivationLayout) {
    self.input = input
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    BoundElementwise(buffers.batch * input.elements) { count in
      Passes.selected.relu(buffers.output.pointer, count)
    } backwardInput: { count in
      Passes.selected.reluGradient(buffers.outputGradient.pointer, output: buffers.output.pointer, count)
    }
  }
}

/// Turns channel-blocked samples into plain ones or the reverse; flattening is the former.
final class LayoutOperation: Operation {
  let input: ActivationLayout
  let output: ActivationLayout

  /// - Precondition: exactly one of the two layouts is plain.
  init(from input: ActivationLayout, to output: ActivationLayout) {
    precondition((input.lanes == 1) != (output.lanes == 1), "one of the layouts is plain")
    precondition(input.values == output.values, "a layout change keeps all values")
    self.input = input
    self.output = output
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    Bound(buffers, input, output)
  }

  private final class Bound: BoundOperation {
    let buffers: OperationBuffers
    let input: ActivationLayout
    let output: ActivationLayout

    init(_ buffers: OperationBuffers, _ input: ActivationLayout, _ output: ActivationLayout) {
      self.buffers = buffers
      self.input = input
      self.output = output
    }

    func forward(_ pass: ForwardPass) {
      convert(buffers.input, input, buffers.output, output)
    }

    func backwardInput() {
      convert(buffers.outputGradient, output, buffers.inputGradient, input)
    }

    private func convert(
      _ source: AlignedBuffer<Float>, _ from: ActivationLayout, _ destination: AlignedBuffer<Float>,
      _ to: ActivationLayout
    ) {
      if from.lanes > 1 {
        Passes.selected.unblock(source.pointer, into: destination.pointer, from, samples: buffers.batch)
      } else {
        Passes.selected.block(source.pointer, into: destination.pointer, to, samples: buffers.batch)
      }
    }
  }
}

/// x sigmoid(x), where no normalization precedes it.
final class SwishOperation: Operation {
  let input: ActivationLayout
  var output: ActivationLayout { input }
  var keepsGradientInPlace: Bool { true }

  init(input: ActivationLayout) {
    self.input = input
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    BoundElementwise(buffers.batch * input.elements) { count in
      Passes.selected.swish(buffers.input.pointer, into: buffers.output.pointer, count)
    } backwardInput: { count in
      Passes.selected.swishGradient(buffers.outputGradient.pointer, input: buffers.input.pointer, count)
    }
  }
}

/// A function of every value by itself, on one thread's buffers.
private final class BoundElementwise: BoundOperation {
  private let count: Int
  private let forward: (Int) -> Void
  private let gradient: (Int) -> Void

  init(_ count: Int, forward: @escaping (Int) -> Void, backwardInput: @escaping (Int) -> Void) {
    self.count = count
    self.forward = forward
    gradient = backwardInput
  }

  func forward(_ pass: ForwardPass) { forward(count) }
  func backwardInput() { gradient(count) }
}
