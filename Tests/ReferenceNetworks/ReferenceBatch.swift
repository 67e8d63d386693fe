public import Networks
public import Tensors

/// A residual network interpreted layer by layer in Double on a batch of (C, H, W) samples, with batch normalization
/// in either mode: slow, plain, and sharing no code with the kernels it checks.
public struct ReferenceBatch: Sendable {
  private let architecture: Architecture
  /// The parameters and buffers by name, laid out as in PyTorch; finite differences change them.
  public var parameters: [String: [Double]]

  /// Interprets `architecture` with these parameters.
  public init(_ architecture: Architecture, _ arena: ParameterArena) {
    self.architecture = architecture
    let tensors = arena.namedTensors().map { ($0.name, $0.values.map(Double.init)) }
    parameters = Dictionary(tensors, uniquingKeysWith: { first, _ in first })
  }

  /// The values of all samples at one place of the network, and their shape.
  typealias Values = (samples: [[Double]], shape: ImageShape)
  /// The gradient by a layer's input, from that by its output.
  typealias Backward = ([[Double]], inout [String: [Double]]) -> [[Double]]

  /// What a forward pass leaves behind.
  public struct Trace {
    /// The outputs of each sample.
    public let outputs: [[Double]]
    /// The means and unbiased variances that normalizations found, under the names of the running ones.
    public let statistics: [String: [Double]]
    let back: Backward

    /// The gradients by the images and by the parameters, given those by the outputs.
    public func backward(
      _ gradients: [[Double]]
    ) -> (images: [[Double]], parameters: [String: [Double]]) {
      var parameters: [String: [Double]] = [:]
      return (back(gradients, &parameters), parameters)
    }
  }

  /// The outputs for images.
  ///
  /// - Parameter usesBatch: Whether normalizations use the statistics of these images.
  public func forward(_ images: [[Double]], usesBatch: Bool) -> Trace {
    var pass = ReferencePass(parameters: parameters, usesBatch: usesBatch)
    let (values, back) = pass.run(architecture.layers, (images, architecture.input))
    return Trace(outputs: values.samples, statistics: pass.statistics, back: back)
  }
}

/// A forward pass of all layers.
private struct ReferencePass {
  let parameters: [String: [Double]]
  let usesBatch: Bool
  var statistics: [String: [Double]] = [:]

  private func tensor(_ name: String) -> [Double] { parameters[name] ?? [] }

  mutating func run(
    _ layers: [Layer], _ input: ReferenceBatch.Values
  ) -> (ReferenceBatch.Values, ReferenceBatch.Backward) {
    var values = input
    var steps: [ReferenceBatch.Backward] = []
    for layer in layers {
      let (output, back) = run(layer, values)
      values = output
      steps.append(back)
    }
    return (
      values,
      { gradients, sums in
        var gradients = gradients
        for step in steps.reversed() { gradients = step(gradients, &sums) }
        return gradients
      }
    )
  }

  private mutating func run(
    _ layer: Layer, _ input: ReferenceBatch.Values
  ) -> (ReferenceBatch.Values, ReferenceBatch.Backward) {
    let (samples, shape) = input
    switch layer {
    case .convolution(let name, let outputs, let kernel, let stride, let padding, _, _):
      return convolve(name, input, outputs, kernel, stride, padding)
    case .linear(let name, let outputs, _, _):
      let linear = ReferenceLinear(inputs: shape.elements, outputs: outputs)
      let (weights, bias) = (tensor("\(name).weight"), tensor("\(name).bias"))
      return (
        (
          samples.map { linear.forward($0, weights: weights, bias: bias) },
          ImageShape(channels: outputs, height: 1, width: 1)
        ),
        { gradients, sums in
          for (gradient, sample) in zip(gradients, samples) {
            let parts = linear.parameterGradient(sample, outputGradient: gradient)
            sums["\(name).weight", default: []].accumulate(parts.weights)
            if !bias.isEmpty { sums["\(name).bias", default: []].accumulate(parts.bias) }
          }
          return gradients.map { linear.inputGradient($0, weights: weights) }
        }
      )
    case .batchNormalization(let name):
      return normalize(name, input)
    case .normalization(let means, let deviations):
      let plane = shape.height * shape.width
      return (
        (
          samples.map { sample in
            sample.indices.map {
              (sample[$0] - Double(means[$0 / plane])) / Double(deviations[$0 / plane])
            }
          }, shape
        ),
        { gradients, _ in
          gradients.map { gradient in gradient.indices.map { gradient[$0] / Double(deviations[$0 / plane]) } }
        }
      )
    case .residual(let main, let shortcut):
      let (first, firstBack) = run(main, input)
      let (second, secondBack) = run(shortcut, input)
      return (
        (zip(first.samples, second.samples).map { zip($0, $1).map { $0 + $1 } }, first.shape),
        { gradients, sums in
          zip(firstBack(gradients, &sums), secondBack(gradients, &sums)).map { zip($0, $1).map { $0 + $1 } }
        }
      )
    case .relu:
      return map(input, { max($0, 0) }, slope: { $0 > 0 ? 1 : 0 })
    case .swish:
      func sigmoid(_ x: Double) -> Double { 1 / (1 + DeterministicMath.exp(-x)) }
      return map(input, { $0 * sigmoid($0) }, slope: { sigmoid($0) * (1 + $0 * (1 - sigmoid($0))) })
    case .globalAveragePooling:
      let plane = shape.height * shape.width
      return (
        (
          samples.map { sample in
            (0..<shape.channels).map { c in
              sample[c * plane..<(c + 1) * plane].reduce(0, +) / Double(plane)
            }
          }, ImageShape(channels: shape.channels, height: 1, width: 1)
        ),
        { gradients, _ in
          gradients.map { gradient in (0..<shape.elements).map { gradient[$0 / plane] / Double(plane) } }
        }
      )
    default:
      preconditionFailure("\(layer.kind) is for ReferenceNetwork")
    }
  }

  private func convolve(
    _ name: String, _ input: ReferenceBatch.Values, _ outputs: Int, _ kernel: Int, _ stride: Int,
    _ padding: Int
  ) -> (ReferenceBatch.Values, ReferenceBatch.Backward) {
    let (samples, shape) = input
    let convolution = ReferenceConvolution(
      inputChannels: shape.channels, height: shape.height, width: shape.width, outputChannels: outputs,
      kernel: kernel, stride: stride, padding: padding)
    let (weights, bias) = (tensor("\(name).weight"), tensor("\(name).bias"))
    let zeros = [Double](repeating: 0, count: outputs)
    let output = ImageShape(
      channels: outputs, height: convolution.outputHeight, width: convolution.outputWidth)
    return (
      (samples.map { convolution.forward($0, weights: weights, bias: bias.isEmpty ? zeros : bias) }, output),
      { gradients, sums in
        for (gradient, sample) in zip(gradients, samples) {
          let parts = convolution.parameterGradient(sample, outputGradient: gradient)
          sums["\(name).weight", default: []].accumulate(parts.weights)
          if !bias.isEmpty { sums["\(name).bias", default: []].accumulate(parts.bias) }
        }
        return gradients.map { convolution.inputGradient($0, weights: weights) }
      }
    )
  }

  private mutating func normalize(
    _ name: String, _ input: ReferenceBatch.Values
  ) -> (ReferenceBatch.Values, ReferenceBatch.Backward) {
    let (samples, shape) = input
    let plane = shape.height * shape.width
    let count = Double(samples.count * plane)
    func sum(_ c: Int, _ term: (_ sample: Int, _ place: Int) -> Double) -> Double {
      samples.indices.reduce(0) { total, s in
        (c * plane..<(c + 1) * plane).reduce(total) { $0 + term(s, $1) }
      }
    }
    let (gamma, beta) = (tensor("\(name).weight"), tensor("\(name).bias"))
    var (means, variances) = (tensor("\(name).running_mean"), tensor("\(name).running_var"))
    if usesBatch {
      means = (0..<shape.channels).map { c in sum(c) { samples[$0][$1] } / count }
      variances = (0..<shape.channels).map { c in
        sum(c) { (samples[$0][$1] - means[c]) * (samples[$0][$1] - means[c]) } / count
      }
      statistics["\(name).running_mean"] = means
      statistics["\(name).running_var"] = variances.map { $0 * count / (count - 1) }
    }
    let roots = variances.map { ($0 + 1e-5).squareRoot() }
    let unit = samples.map { sample in
      sample.indices.map { (sample[$0] - means[$0 / plane]) / roots[$0 / plane] }
    }
    let usesBatch = usesBatch
    return (
      (
        unit.map { sample in sample.indices.map { gamma[$0 / plane] * sample[$0] + beta[$0 / plane] } }, shape
      ),
      { gradients, sums in
        let slopes = (0..<shape.channels).map { c in sum(c) { gradients[$0][$1] * unit[$0][$1] } }
        let shifts = (0..<shape.channels).map { c in sum(c) { s, i in gradients[s][i] } }
        sums["\(name).weight", default: []].accumulate(slopes)
        sums["\(name).bias", default: []].accumulate(shifts)
        return gradients.indices.map { s in
          gradients[s].indices.map { i in
            let c = i / plane
            let correction = usesBatch ? (shifts[c] + unit[s][i] * slopes[c]) / count : 0
            return gamma[c] / roots[c] * (gradients[s][i] - correction)
          }
        }
      }
    )
  }

  private func map(
    _ input: ReferenceBatch.Values, _ function: (Double) -> Double, slope: @escaping (Double) -> Double
  ) -> (ReferenceBatch.Values, ReferenceBatch.Backward) {
    let (samples, shape) = input
    return (
      (samples.map { $0.map(function) }, shape),
      { gradients, _ in
        zip(gradients, samples).map { zip($0, $1).map { $0 * slope($1) } }
      }
    )
  }
}
