import Kernels
import Tensors

/// Maximum or mean over windows.
final class PoolingOperation: Operation {
  enum Kind { case maximum, average }

  private let kind: Kind
  private let pooling: Pooling
  var input: ActivationLayout { pooling.input }
  var output: ActivationLayout { pooling.output }

  let privateBytes: Int

  init(_ kind: Kind, _ pooling: Pooling, batch: Int) {
    self.kind = kind
    self.pooling = pooling
    privateBytes = kind == .maximum ? batch * pooling.output.elements : 0
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    switch kind {
    case .maximum: BoundMaximum(pooling, buffers)
    case .average: BoundAverage(pooling, buffers)
    }
  }

  private final class BoundMaximum: BoundOperation {
    let pooling: Pooling
    let buffers: OperationBuffers
    let argmax: AlignedBuffer<UInt8>

    init(_ pooling: Pooling, _ buffers: OperationBuffers) {
      self.pooling = pooling
      self.buffers = buffers
      argmax = AlignedBuffer(count: buffers.batch * pooling.output.elements)
    }

    func forward(_ pass: ForwardPass) {
      Passes.selected.maxPool(
        pooling, buffers.input.pointer, into: buffers.output.pointer, argmax: argmax.pointer,
        samples: buffers.batch)
    }

    func backwardInput() {
      Passes.selected.maxPoolGradient(
        pooling, outputGradient: buffers.outputGradient.pointer, argmax: argmax.pointer,
        into: buffers.inputGradient.pointer, samples: buffers.batch)
    }
  }

  private final class BoundAverage: BoundOperation {
    let pooling: Pooling
    let buffers: OperationBuffers

    init(_ pooling: Pooling, _ buffers: OperationBuffers) {
      self.pooling = pooling
      self.buffers = buffers
    }

    func forward(_ pass: ForwardPass) {
      Passes.selected.averagePool(
        pooling, buffers.input.pointer, into: buffers.output.pointer, samples: buffers.batch)
    }

    func backwardInput() {
      Passes.selected.averagePoolGradient(
        pooling, outputGradient: buffers.outputGradient.pointer, into: buffers.inputGradient.pointer,
        samples: buffers.batch)
    }
  }
}

/// The mean of each channel over all pixels.
final class GlobalPoolingOperation: Operation {
  let input: ActivationLayout
  var output: ActivationLayout {
    ActivationLayout(channels: input.channels, height: 1, width: 1, lanes: input.lanes)
  }

  init(input: ActivationLayout) {
    self.input = input
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    Bound(input, buffers)
  }

  private final class Bound: BoundOperation {
    let layout: ActivationLayout
    let buffers: OperationBuffers

    init(_ layout: ActivationLayout, _ buffers: OperationBuffers) {
      self.layout = layout
      self.buffers = buffers
    }

    func forward(_ pass: ForwardPass) {
      Passes.selected.planeMeans(
        layout, buffers.input.pointer, into: buffers.output.pointer, samples: buffers.batch)
    }

    func backwardInput() {
      Passes.selected.planeMeansGradient(
        layout, outputGradient: buffers.outputGradient.pointer, into: buffers.inputGradient.pointer,
        samples: buffers.batch)
    }
  }
}
