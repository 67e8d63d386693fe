import Checkpoints
public import Foundation
public import Networks
public import Tensors

/// A network with its weights as an ONNX file: standard operators of opset 13 only, for ONNX Runtime and for verifiers.
///
/// In goes `images`, batch x C x H x W with values in [0, 1]; out comes `logits`, batch x classes. The batch may have
/// any size. Weights bear the names of the parameters, as in a PyTorch `state_dict`. Dropout, which does nothing where
/// nothing is trained, is left out.
public struct ONNXModel {
  /// The version of the operators.
  public static let operatorSet = 13
  /// The version of the file format that came with these operators (ONNX 1.8).
  static let formatVersion = 7
  /// The most bytes that a message of protobuf may have.
  static let largestFile = Int(Int32.max)

  let graph: ONNXGraph
  let metadata: [String: String]

  /// Describes a network.
  ///
  /// - Parameters:
  ///   - architecture: The network.
  ///   - parameters: Its weights.
  ///   - metadata: Texts that go into the file, such as the checksum of the checkpoint.
  /// - Throws: `ParameterMismatch` where the weights do not fit.
  public init(
    _ architecture: Architecture, _ parameters: [NamedTensor], metadata: [String: String] = [:]
  ) throws(ParameterMismatch) {
    try architecture.parameterLayout().requireFits(parameters)
    graph = ONNXGraph(architecture, parameters)
    self.metadata = metadata
  }

  /// The bytes of the file: equal networks, weights and metadata give equal bytes.
  ///
  /// - Throws: `ExchangeError` for more than a message of protobuf can hold.
  public func encoded() throws(ExchangeError) -> Data {
    let bytes = graph.initializers.reduce(0) { $0 + 4 * $1.values.count }
    guard bytes < Self.largestFile - 1_000_000 else {
      throw ExchangeError("\(bytes) bytes of weights are more than the 2 GB that an ONNX file can hold")
    }
    var message = ProtobufMessage()
    message.add(1, Self.formatVersion)
    message.add(2, "holdfast")
    message.add(7, graph.message)
    var operators = ProtobufMessage()
    operators.add(1, "")
    operators.add(2, Self.operatorSet)
    message.add(8, operators)
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      var entry = ProtobufMessage()
      entry.add(1, key)
      entry.add(2, value)
      message.add(14, entry)
    }
    return message.bytes
  }
}

/// A network that cannot be written for other programs.
public struct ExchangeError: Error, Equatable, CustomStringConvertible {
  /// Why, in words.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}
