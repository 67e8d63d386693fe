import Networks
import Tensors

/// A feed-forward network in plain Double loops, written from the definitions of its layers: a second opinion.
struct NaiveNetwork {
  let architecture: Architecture
  let parameters: ParameterArena

  private func values(_ name: String) -> [Double] {
    parameters.layout[name].map { parameters.values($0).map(Double.init) } ?? []
  }

  /// The outputs of an image, and a function from the gradient by the outputs to the gradient by the image.
  func evaluate(_ image: [Double]) -> (outputs: [Double], pullBack: ([Double]) -> [Double]) {
    var shape = architecture.input
    var value = image
    var steps: [([Double]) -> [Double]] = []
    for layer in architecture.layers {
      let input = value
      switch layer {
      case .linear(let name, let outputs, _, _):
        let (weight, bias) = (values("\(name).weight"), values("\(name).bias"))
        let count = input.count
        value = (0..<outputs).map { k in
          (0..<count).reduce(bias.isEmpty ? 0 : bias[k]) { $0 + weight[k * count + $1] * input[$1] }
        }
        steps.append { gradient in
          (0..<count).map { j in (0..<outputs).reduce(0) { $0 + weight[$1 * count + j] * gradient[$1] } }
        }
        shape = ImageShape(channels: outputs, height: 1, width: 1)
      case .relu:
        value = input.map { max($0, 0) }
        steps.append { zip($0, input).map { $1 > 0 ? $0 : 0 } }
      case .flatten:
        shape = ImageShape(channels: input.count, height: 1, width: 1)
      case .maxPooling(let window):
        let pooled = pool(input, shape, window)
        value = pooled.places.map { input[$0] }
        steps.append { gradient in
          var back = input.map { _ in 0.0 }
          for (place, g) in zip(pooled.places, gradient) { back[place] += g }
          return back
        }
        shape = pooled.shape
      case .convolution(let name, let outputs, let kernel, let stride, let padding, _, _):
        let taps = convolve(shape, outputs, kernel, stride, padding)
        let (weight, bias) = (values("\(name).weight"), values("\(name).bias"))
        let plane = taps.shape.height * taps.shape.width
        value = (0..<taps.shape.elements).map { bias[$0 / plane] }
        for tap in taps.list { value[tap.output] += weight[tap.weight] * input[tap.input] }
        steps.append { gradient in
          var back = input.map { _ in 0.0 }
          for tap in taps.list { back[tap.input] += weight[tap.weight] * gradient[tap.output] }
          return back
        }
        shape = taps.shape
      default:
        preconditionFailure("the naive network has no \(layer)")
      }
    }
    return (value, { gradient in steps.reversed().reduce(gradient) { $1($0) } })
  }

  private func pool(_ input: [Double], _ shape: ImageShape, _ window: Int) -> (
    shape: ImageShape, places: [Int]
  ) {
    let output = ImageShape(
      channels: shape.channels, height: shape.height / window, width: shape.width / window)
    var places: [Int] = []
    for c in 0..<output.channels {
      for y in 0..<output.height {
        for x in 0..<output.width {
          let candidates = (0..<window * window).map { k in
            (c * shape.height + y * window + k / window) * shape.width + x * window + k % window
          }
          places.append(candidates.dropFirst().reduce(candidates[0]) { input[$1] > input[$0] ? $1 : $0 })
        }
      }
    }
    return (output, places)
  }

  private struct Tap {
    let output: Int
    let input: Int
    let weight: Int
  }

  private func convolve(
    _ shape: ImageShape, _ outputs: Int, _ kernel: Int, _ stride: Int, _ padding: Int
  ) -> (shape: ImageShape, list: [Tap]) {
    let output = ImageShape(
      channels: outputs, height: (shape.height + 2 * padding - kernel) / stride + 1,
      width: (shape.width + 2 * padding - kernel) / stride + 1)
    var taps: [Tap] = []
    for place in 0..<output.elements {
      let (o, y, x) = (
        place / (output.height * output.width), place / output.width % output.height, place % output.width
      )
      for c in 0..<shape.channels {
        for i in 0..<kernel {
          for j in 0..<kernel {
            let (row, column) = (y * stride + i - padding, x * stride + j - padding)
            guard row >= 0, row < shape.height, column >= 0, column < shape.width else { continue }
            taps.append(
              Tap(
                output: place, input: (c * shape.height + row) * shape.width + column,
                weight: ((o * shape.channels + c) * kernel + i) * kernel + j))
          }
        }
      }
    }
    return (output, taps)
  }
}
