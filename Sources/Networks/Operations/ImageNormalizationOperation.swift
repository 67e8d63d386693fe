import Kernels
import Tensors

/// (x - mean) / deviation for each channel of a plain image.
final class ImageNormalizationOperation: Operation {
  let input: ActivationLayout
  var output: ActivationLayout { input }
  private let means: [Float]
  private let deviations: [Float]

  /// - Precondition: the layout is plain.
  init(input: ActivationLayout, means: [Float], deviations: [Float]) {
    precondition(input.lanes == 1, "images are normalized as they come in")
    self.input = input
    self.means = means
    self.deviations = deviations
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    Bound(self, buffers)
  }

  private final class Bound: BoundOperation {
    let operation: ImageNormalizationOperation
    let buffers: OperationBuffers

    init(_ operation: ImageNormalizationOperation, _ buffers: OperationBuffers) {
      self.operation = operation
      self.buffers = buffers
    }

    func forward(_ pass: ForwardPass) {
      forEachPlane { start, area, channel in
        let (x, y) = (buffers.input.pointer + start, buffers.output.pointer + start)
        let (mean, deviation) = (operation.means[channel], operation.deviations[channel])
        for i in 0..<area { y[i] = (x[i] - mean) / deviation }
      }
    }

    func backwardInput() {
      forEachPlane { start, area, channel in
        let (from, to) = (buffers.outputGradient.pointer + start, buffers.inputGradient.pointer + start)
        let deviation = operation.deviations[channel]
        for i in 0..<area { to[i] = from[i] / deviation }
      }
    }

    private func forEachPlane(_ body: (_ start: Int, _ area: Int, _ channel: Int) -> Void) {
      let (channels, area) = (operation.input.channels, operation.input.height * operation.input.width)
      for plane in 0..<buffers.batch * channels { body(plane * area, area, plane % channels) }
    }
  }
}
