import Foundation

/// Runs the graph of an ONNX file in Double, operator by operator as the specification of opset 13 has it.
struct GraphInterpreter {
  struct Tensor: Equatable {
    var shape: [Int]
    var values: [Double]
  }

  struct Node {
    var type: String
    var inputs: [String]
    var output: String
    var integers: [String: [Int]] = [:]
    var numbers: [String: Float] = [:]
  }

  struct Unsupported: Error {
    var type: String
  }

  let nodes: [Node]
  let initializers: [String: Tensor]
  let input: String
  let output: String

  init(_ graph: ProtobufMessage) throws {
    nodes = try graph.messages(1).map { message in
      var node = Node(
        type: try message.text(4), inputs: message.all(1).map { String(decoding: $0, as: UTF8.self) },
        output: try message.text(2))
      for attribute in try message.messages(5) {
        let name = try attribute.text(1)
        switch try attribute.integer(20) {
        case 1: node.numbers[name] = try attribute.float(2)
        case 2: node.integers[name] = [try attribute.integer(3)]
        case 7: node.integers[name] = try attribute.packed(8)
        default: throw Unsupported(type: "attribute \(name)")
        }
      }
      return node
    }
    initializers = try Dictionary(
      uniqueKeysWithValues: graph.messages(5).map { tensor in
        let bytes = try tensor.bytes(9)
        let values = stride(from: 0, to: bytes.count, by: 4).map { start in
          let bits = bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
          return Double(Float(bitPattern: bits))
        }
        return (try tensor.text(8), Tensor(shape: try tensor.packed(1), values: values))
      })
    input = try graph.message(11).text(1)
    output = try graph.message(12).text(1)
  }

  func run(_ images: Tensor) throws -> Tensor {
    var values = initializers
    values[input] = images
    for node in nodes {
      let inputs = try node.inputs.map { name in
        guard let value = values[name] else { throw Unsupported(type: "\(node.type) of \(name)") }
        return value
      }
      values[node.output] = try node.run(inputs)
    }
    guard let result = values[output] else { throw Unsupported(type: "graph without \(output)") }
    return result
  }
}

extension GraphInterpreter.Node {
  private typealias Tensor = GraphInterpreter.Tensor

  fileprivate func run(_ inputs: [GraphInterpreter.Tensor]) throws -> GraphInterpreter.Tensor {
    switch type {
    case "Relu": return Tensor(shape: inputs[0].shape, values: inputs[0].values.map { max($0, 0) })
    case "Flatten":
      let axis = integers["axis"]?[0] ?? 1
      let rows = inputs[0].shape.prefix(axis).reduce(1, *)
      return Tensor(shape: [rows, inputs[0].values.count / rows], values: inputs[0].values)
    case "Gemm": return gemm(inputs)
    case "Add": return channelwise(inputs, +)
    case "Sub": return channelwise(inputs, -)
    case "Mul": return channelwise(inputs, *)
    case "Div": return channelwise(inputs, /)
    case "Sigmoid":
      return Tensor(shape: inputs[0].shape, values: inputs[0].values.map { 1 / (1 + exp(-$0)) })
    case "GlobalAveragePool": return means(inputs[0])
    case "BatchNormalization": return normalization(inputs)
    case "Conv": return convolution(inputs)
    case "MaxPool": return windows(inputs[0], start: -.infinity, combine: max) { value, _ in value }
    case "AveragePool":
      return windows(inputs[0], start: 0, combine: +) { value, count in value / Double(count) }
    default: throw GraphInterpreter.Unsupported(type: type)
    }
  }

  /// Of equal shapes, or with a value for each channel on the right.
  private func channelwise(_ inputs: [Tensor], _ combine: (Double, Double) -> Double) -> Tensor {
    let (left, right) = (inputs[0], inputs[1])
    if left.shape == right.shape {
      return Tensor(shape: left.shape, values: zip(left.values, right.values).map(combine))
    }
    let area = left.shape[2] * left.shape[3]
    let values = left.values.enumerated().map { index, value in
      combine(value, right.values[index / area % left.shape[1]])
    }
    return Tensor(shape: left.shape, values: values)
  }

  private func means(_ x: Tensor) -> Tensor {
    let area = x.shape[2] * x.shape[3]
    let values = stride(from: 0, to: x.values.count, by: area).map { start in
      x.values[start..<start + area].reduce(0, +) / Double(area)
    }
    return Tensor(shape: [x.shape[0], x.shape[1], 1, 1], values: values)
  }

  private func normalization(_ inputs: [Tensor]) -> Tensor {
    let (x, scale, bias, mean, variance) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
    let area = x.shape[2] * x.shape[3]
    let epsilon = Double(numbers["epsilon"] ?? 1e-5)
    let values = x.values.enumerated().map { index, value -> Double in
      let channel = index / area % x.shape[1]
      let unit = (value - mean.values[channel]) / (variance.values[channel] + epsilon).squareRoot()
      return unit * scale.values[channel] + bias.values[channel]
    }
    return Tensor(shape: x.shape, values: values)
  }

  private func gemm(_ inputs: [Tensor]) -> Tensor {
    let (a, b) = (inputs[0], inputs[1])
    let isTransposed = integers["transB"] == [1]
    let (rows, inner) = (a.shape[0], a.shape[1])
    let columns = isTransposed ? b.shape[0] : b.shape[1]
    let alpha = Double(numbers["alpha"] ?? 1)
    let beta = Double(numbers["beta"] ?? 1)
    var values: [Double] = []
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = 0.0
        for k in 0..<inner {
          let weight = isTransposed ? b.values[column * inner + k] : b.values[k * columns + column]
          sum += a.values[row * inner + k] * weight
        }
        values.append(alpha * sum + (inputs.count > 2 ? beta * inputs[2].values[column] : 0))
      }
    }
    return Tensor(shape: [rows, columns], values: values)
  }

  private func extents(_ input: Tensor) -> (kernel: [Int], strides: [Int], pads: [Int], output: [Int]) {
    let kernel = integers["kernel_shape"] ?? []
    let strides = integers["strides"] ?? [1, 1]
    let pads = integers["pads"] ?? [0, 0, 0, 0]
    let output = (0..<2).map { (axis: Int) -> Int in
      let padded = input.shape[2 + axis] + pads[axis] + pads[2 + axis]
      return (padded - kernel[axis]) / strides[axis] + 1
    }
    return (kernel, strides, pads, output)
  }

  private func convolution(_ inputs: [Tensor]) -> Tensor {
    let (x, w) = (inputs[0], inputs[1])
    let (kernel, strides, pads, output) = extents(x)
    let (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3])
    var values: [Double] = []
    for n in 0..<x.shape[0] {
      for o in 0..<w.shape[0] {
        for y in 0..<output[0] {
          for z in 0..<output[1] {
            var sum = inputs.count > 2 ? inputs[2].values[o] : 0
            for c in 0..<channels {
              for i in 0..<kernel[0] {
                for j in 0..<kernel[1] {
                  let (row, column) = (y * strides[0] + i - pads[0], z * strides[1] + j - pads[1])
                  guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
                  sum +=
                    x.values[((n * channels + c) * height + row) * width + column]
                    * w.values[((o * channels + c) * kernel[0] + i) * kernel[1] + j]
                }
              }
            }
            values.append(sum)
          }
        }
      }
    }
    return Tensor(shape: [x.shape[0], w.shape[0]] + output, values: values)
  }

  private func windows(
    _ x: Tensor, start: Double, combine: (Double, Double) -> Double, finish: (Double, Int) -> Double
  ) -> Tensor {
    let (kernel, strides, _, output) = extents(x)
    let (height, width) = (x.shape[2], x.shape[3])
    var values: [Double] = []
    for plane in 0..<x.shape[0] * x.shape[1] {
      for y in 0..<output[0] {
        for z in 0..<output[1] {
          var value = start
          for i in 0..<kernel[0] {
            for j in 0..<kernel[1] {
              let (row, column) = (y * strides[0] + i, z * strides[1] + j)
              value = combine(value, x.values[(plane * height + row) * width + column])
            }
          }
          values.append(finish(value, kernel[0] * kernel[1]))
        }
      }
    }
    return Tensor(shape: Array(x.shape[0..<2]) + output, values: values)
  }
}
