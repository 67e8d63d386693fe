import Kernels
import Tensors

/// Dropout of single values or of whole channels, in place.
///
/// Srivastava et al. 2014; Tompson et al. 2015. A mask is a pure function of seed, step, pass, sample and layer. What
/// survives is scaled by 1 / (1 - p), so that evaluation needs no scaling.
final class DropoutOperation: Operation {
  let input: ActivationLayout
  var output: ActivationLayout { input }
  var isInPlace: Bool { true }
  private let probability: Float
  private let wholeChannels: Bool
  private let layer: UInt32
  let privateBytes: Int

  init(input: ActivationLayout, probability: Float, wholeChannels: Bool, layer: Int, batch: Int) {
    precondition(probability >= 0 && probability < 1, "a dropout probability of \(probability)")
    self.input = input
    self.probability = probability
    self.wholeChannels = wholeChannels
    self.layer = UInt32(layer)
    privateBytes = 4 * batch * input.elements
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    Bound(self, buffers)
  }

  private final class Bound: BoundOperation {
    let operation: DropoutOperation
    let buffers: OperationBuffers
    let mask: AlignedBuffer<Float>
    var isActive = false

    init(_ operation: DropoutOperation, _ buffers: OperationBuffers) {
      self.operation = operation
      self.buffers = buffers
      mask = AlignedBuffer(count: buffers.batch * operation.input.elements)
    }

    func forward(_ pass: ForwardPass) {
      guard let masks = pass.mode.masks else {
        isActive = false
        return
      }
      isActive = true
      for sample in 0..<buffers.batch {
        var stream = RandomStream(
          RandomIdentity(
            seed: masks.seed, purpose: .dropout, step: masks.step, sample: pass.samples[sample],
            layer: operation.layer, pass: masks.pass))
        operation.draw(from: &stream, into: mask.pointer + sample * operation.input.elements)
      }
      Passes.selected.multiply(buffers.output.pointer, by: mask.pointer, mask.count)
    }

    func backwardInput() {
      if isActive { Passes.selected.multiply(buffers.outputGradient.pointer, by: mask.pointer, mask.count) }
    }
  }

  /// Draws the mask of one sample: channel by channel, or value by value in (C, H, W) order.
  private func draw(from stream: inout RandomStream, into mask: UnsafeMutablePointer<Float>) {
    let kept = 1 / (1 - probability)
    for channel in 0..<input.channels {
      var factor = wholeChannels ? (stream.uniform() < probability ? 0 : kept) : 0
      for row in 0..<input.height {
        for column in 0..<input.width {
          if !wholeChannels { factor = stream.uniform() < probability ? 0 : kept }
          mask[input.index(channel: channel, row: row, column: column)] = factor
        }
      }
    }
  }
}
