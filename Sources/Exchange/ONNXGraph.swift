import Checkpoints
import Foundation
import Tensors

/// A network as ONNX describes it: nodes that turn named values into others, of which some are weights.
///
/// Field numbers are those of onnx.proto3 (github.com/onnx/onnx).
struct ONNXGraph {
  /// What an attribute of a node may be.
  enum Attribute {
    case integer(Int)
    case integers([Int])
    case number(Float)
  }

  /// An operation.
  struct Node {
    var type: String
    var inputs: [String]
    var output: String
    /// In the order they are written.
    var attributes: [(name: String, value: Attribute)] = []
  }

  /// A value that goes in or comes out: batch x the given extents of float32.
  struct Value {
    var name: String
    var shape: [Int]
  }

  var name: String
  var nodes: [Node] = []
  var initializers: [NamedTensor] = []
  var input: Value
  var output: Value

  /// The name of the extent that is left open.
  static let batch = "batch"

  /// The message GraphProto.
  var message: ProtobufMessage {
    var message = ProtobufMessage()
    for node in nodes { message.add(1, node.message) }
    message.add(2, name)
    for tensor in initializers { message.add(5, tensor.onnxMessage) }
    message.add(11, input.message)
    message.add(12, output.message)
    return message
  }
}

extension ONNXGraph.Node {
  /// The message NodeProto.
  var message: ProtobufMessage {
    var message = ProtobufMessage()
    for input in inputs { message.add(1, input) }
    message.add(2, output)
    // A node is named after what it gives.
    message.add(3, output)
    message.add(4, type)
    for attribute in attributes { message.add(5, attribute.value.message(named: attribute.name)) }
    return message
  }
}

extension ONNXGraph.Attribute {
  /// The message AttributeProto: the value and, in field 20, its type.
  func message(named name: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, name)
    switch self {
    case .number(let value):
      message.add(2, value)
      message.add(20, 1)
    case .integer(let value):
      message.add(3, value)
      message.add(20, 2)
    case .integers(let values):
      message.add(8, packed: values)
      message.add(20, 7)
    }
    return message
  }
}

extension ONNXGraph.Value {
  /// The message ValueInfoProto, around TypeProto and TensorShapeProto.
  var message: ProtobufMessage {
    var extents = ProtobufMessage()
    var open = ProtobufMessage()
    open.add(2, ONNXGraph.batch)
    extents.add(1, open)
    for extent in shape {
      var dimension = ProtobufMessage()
      dimension.add(1, extent)
      extents.add(1, dimension)
    }
    var tensor = ProtobufMessage()
    tensor.add(1, NamedTensor.onnxFloat)
    tensor.add(2, extents)
    var type = ProtobufMessage()
    type.add(1, tensor)
    var message = ProtobufMessage()
    message.add(1, name)
    message.add(2, type)
    return message
  }
}

extension NamedTensor {
  /// TensorProto.DataType.FLOAT.
  static let onnxFloat = 1

  /// The message TensorProto.
  var onnxMessage: ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, packed: shape)
    message.add(2, Self.onnxFloat)
    message.add(8, name)
    // Raw data are little-endian, as is every machine that this runs on.
    message.add(9, values.withUnsafeBytes { Data($0) })
    return message
  }
}
