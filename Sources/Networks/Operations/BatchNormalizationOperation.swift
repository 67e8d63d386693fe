import Kernels
import Tensors

/// Batch normalization of each channel with the activation behind it.
///
/// y = f(gamma (x - m) / sqrt(v + 1e-5) + beta), where m and v are the mean and the variance of the micro-batch, or
/// the running ones (Ioffe and Szegedy 2015). With the latter it is one multiplication and one addition.
final class BatchNormalizationOperation: Operation {
  static let epsilon = 1e-5

  let input: ActivationLayout
  var output: ActivationLayout { input }
  var keepsGradientInPlace: Bool { true }
  let activation: Activation
  private let entries: Entries
  private let gamma: AlignedBuffer<Float>
  private let beta: AlignedBuffer<Float>
  let running: ChannelNumbers

  /// Where parameters and statistics lie.
  struct Entries {
    let weight: ParameterLayout.Entry
    let bias: ParameterLayout.Entry
    let mean: ParameterLayout.Entry
    let variance: ParameterLayout.Entry
    let count: ParameterLayout.Entry

    init?(_ name: String, in layout: ParameterLayout) {
      guard let weight = layout["\(name).weight"], let bias = layout["\(name).bias"],
        let mean = layout[RunningStatistics.mean(of: name)],
        let variance = layout[RunningStatistics.variance(of: name)],
        let count = layout[RunningStatistics.count(of: name)]
      else { return nil }
      (self.weight, self.bias, self.mean, self.variance, self.count) = (weight, bias, mean, variance, count)
    }
  }

  /// What a normalization does to each channel: x to scale x + shift, and what that was made of.
  struct ChannelNumbers {
    let mean: AlignedBuffer<Float>
    /// 1 / sqrt(v + epsilon).
    let inverse: AlignedBuffer<Float>
    let scale: AlignedBuffer<Float>
    let shift: AlignedBuffer<Float>

    init(count: Int) {
      (mean, inverse) = (AlignedBuffer(count: count), AlignedBuffer(count: count))
      (scale, shift) = (AlignedBuffer(count: count), AlignedBuffer(count: count))
    }

    func set(_ channel: Int, mean: Double, variance: Double, gamma: Float, beta: Float) {
      let inverse = 1 / (variance + BatchNormalizationOperation.epsilon).squareRoot()
      self.mean.pointer[channel] = Float(mean)
      self.inverse.pointer[channel] = Float(inverse)
      scale.pointer[channel] = Float(Double(gamma) * inverse)
      shift.pointer[channel] = Float(Double(beta) - mean * (Double(gamma) * inverse))
    }
  }

  init(input: ActivationLayout, activation: Activation, _ entries: Entries) {
    self.input = input
    self.activation = activation
    self.entries = entries
    let count = input.planes * input.lanes
    gamma = AlignedBuffer(count: count)
    beta = AlignedBuffer(count: count)
    running = ChannelNumbers(count: count)
  }

  func pack(_ parameters: ParameterArena, on context: KernelContext) {
    gamma.pointer.update(from: parameters.pointer + entries.weight.offset, count: input.channels)
    beta.pointer.update(from: parameters.pointer + entries.bias.offset, count: input.channels)
    for channel in 0..<input.channels {
      running.set(
        channel, mean: Double(parameters.pointer[entries.mean.offset + channel]),
        variance: Double(parameters.pointer[entries.variance.offset + channel]),
        gamma: gamma.pointer[channel],
        beta: beta.pointer[channel])
    }
  }

  /// Six numbers by channel in float32, and three in Double.
  var privateBytes: Int { (6 * 4 + 3 * 8) * input.planes * input.lanes }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    Bound(self, buffers)
  }

  final class Bound: BoundOperation {
    let operation: BatchNormalizationOperation
    let buffers: OperationBuffers
    let passes: ChannelNormalization
    /// Of the micro-batch at hand.
    let found: ChannelNumbers
    let variances: AlignedBuffer<Double>
    let sums: AlignedBuffer<Double>
    let products: AlignedBuffer<Double>
    let offset: AlignedBuffer<Float>
    let slope: AlignedBuffer<Float>
    /// Whether convolutions before and behind it do its work, where it uses running statistics.
    var isTakenOnForward = false
    var isTakenOnBackward = false
    var isFused = false
    var usesBatch = false
    var rows = 0
    /// Whether `sums` and `products` are those of the gradient at hand.
    var hasSums = false

    init(_ operation: BatchNormalizationOperation, _ buffers: OperationBuffers) {
      self.operation = operation
      self.buffers = buffers
      passes = ChannelNormalization(operation.input, operation.activation)
      let count = operation.input.planes * operation.input.lanes
      found = ChannelNumbers(count: count)
      (variances, sums, products) = (
        AlignedBuffer(count: count), AlignedBuffer(count: count), AlignedBuffer(count: count)
      )
      (offset, slope) = (AlignedBuffer(count: count), AlignedBuffer(count: count))
    }

    var numbers: ChannelNumbers { usesBatch ? found : operation.running }
    /// The values of a channel that statistics are taken over.
    var population: Double { Double(rows * operation.input.height * operation.input.width) }

    func forward(_ pass: ForwardPass) {
      usesBatch = pass.mode.statistics == .batch
      rows = pass.rows
      isFused = pass.isFused
      hasSums = false
      if isFused && isTakenOnForward { return }
      if usesBatch { measure() }
      passes.forward(
        buffers.input.pointer, scale: numbers.scale.pointer, shift: numbers.shift.pointer,
        into: buffers.output.pointer, samples: buffers.batch)
    }

    /// The statistics of the rows that count.
    private func measure() {
      let (x, channels) = (buffers.input.pointer, operation.input.channels)
      passes.sums(of: x, into: sums.pointer, samples: rows)
      for channel in 0..<channels {
        found.mean.pointer[channel] = Float(sums.pointer[channel] / population)
      }
      passes.squares(of: x, around: found.mean.pointer, into: products.pointer, samples: rows)
      for channel in 0..<channels {
        let mean = sums.pointer[channel] / population
        // Squares were taken around the rounded mean.
        let distance = mean - Double(found.mean.pointer[channel])
        let variance = max(0, products.pointer[channel] / population - distance * distance)
        variances.pointer[channel] = variance
        found.set(
          channel, mean: mean, variance: variance, gamma: operation.gamma.pointer[channel],
          beta: operation.beta.pointer[channel])
      }
    }

    private func sumGradients() {
      guard !hasSums else { return }
      passes.gradientSums(
        buffers.input.pointer, buffers.output.pointer, gradient: buffers.outputGradient.pointer,
        scale: numbers.scale.pointer, shift: numbers.shift.pointer, centre: numbers.mean.pointer,
        sums: sums.pointer, products: products.pointer, samples: rows)
      hasSums = true
    }

    func backwardParameters(into gradient: ParameterArena) {
      sumGradients()
      let entries = operation.entries
      let target = { (entry: ParameterLayout.Entry) in gradient.pointer + entry.offset }
      for channel in 0..<operation.input.channels {
        target(entries.weight)[channel] = Float(
          products.pointer[channel] * Double(numbers.inverse.pointer[channel]))
        target(entries.bias)[channel] = Float(sums.pointer[channel])
        // Weighted by samples, as gradients are.
        let unbiased = population > 1 ? population / (population - 1) : 1
        target(entries.mean)[channel] = usesBatch ? Float(rows) * found.mean.pointer[channel] : 0
        target(entries.variance)[channel] =
          usesBatch ? Float(Double(rows) * unbiased * variances.pointer[channel]) : 0
      }
      target(entries.count)[0] = usesBatch ? Float(rows) : 0
    }

    func backwardInput() {
      if isFused && isTakenOnBackward { return }
      var correction: ChannelNormalization.Correction?
      var samples = buffers.batch
      if usesBatch {
        sumGradients()
        for channel in 0..<operation.input.channels {
          let scale = Double(numbers.scale.pointer[channel])
          let inverse = Double(numbers.inverse.pointer[channel])
          offset.pointer[channel] = Float(-scale * sums.pointer[channel] / population)
          slope.pointer[channel] = Float(
            -scale * inverse * inverse * products.pointer[channel] / population)
        }
        correction = ChannelNormalization.Correction(
          offset: offset.pointer, slope: slope.pointer, centre: numbers.mean.pointer)
        samples = rows
        let used = rows * operation.input.elements
        let padding = (buffers.batch - rows) * operation.input.elements
        (buffers.inputGradient.pointer + used).update(repeating: 0, count: padding)
      }
      passes.backward(
        buffers.input.pointer, buffers.output.pointer, gradient: buffers.outputGradient.pointer,
        scale: numbers.scale.pointer, shift: numbers.shift.pointer, correction: correction, addend: nil,
        into: buffers.inputGradient.pointer, samples: samples)
      hasSums = false
    }
  }
}
