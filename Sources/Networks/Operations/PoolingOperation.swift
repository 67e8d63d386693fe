import Kernels
import Tensors

/// Maximum or mean over windows.
final class PoolingOperation: Operation {
  enum Kind { case maximum, average }

  private let kind: Kind
  private let pooling: Pooling
  var input: ActivationLayout { pooling.input }
  var output: ActivationLayout { pooling.output }

  init(_ kind: Kind, _ pooling: Pooling) {
    self.kind = kind
    self.pooling = pooling
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
