import Checkpoints
import Foundation

/// A value under a name in TensorBoard, as the protocol buffer message `tensorflow.Summary.Value`
/// (`core/framework/summary.proto`).
public struct SummaryValue: Sendable {
  let message: ProtobufMessage

  /// The numbers of the fields of `Summary.Value`, `Summary.Image`, `SummaryMetadata` and its `PluginData`.
  private enum Field {
    static let tag = 1
    static let simpleValue = 2
    static let image = 4
    static let metadata = 9
    static let imageHeight = 1
    static let imageWidth = 2
    static let imageColorSpace = 3
    static let imageBytes = 4
    static let pluginData = 1
    static let pluginName = 1
    static let pluginContent = 2
  }

  /// A point of a curve; what stands before the first slash of the name groups curves.
  public static func scalar(_ tag: String, _ value: Double) -> SummaryValue {
    var message = ProtobufMessage()
    message.add(Field.tag, tag)
    message.add(Field.simpleValue, Float(value))
    return SummaryValue(message: message)
  }

  /// A picture.
  ///
  /// - Throws: `ReportError.image` if it cannot be encoded.
  public static func image(_ tag: String, _ picture: PNGImage) throws -> SummaryValue {
    var image = ProtobufMessage()
    image.add(Field.imageHeight, picture.height)
    image.add(Field.imageWidth, picture.width)
    // The number of channels: 1 is gray, 3 is red, green and blue.
    image.add(Field.imageColorSpace, picture.color.rawValue)
    image.add(Field.imageBytes, try picture.encoded())
    var message = ProtobufMessage()
    message.add(Field.tag, tag)
    message.add(Field.image, image)
    return SummaryValue(message: message)
  }

  /// Data of one of TensorBoard's plugins.
  static func plugin(_ name: String, tag: String, content: ProtobufMessage) -> SummaryValue {
    var plugin = ProtobufMessage()
    plugin.add(Field.pluginName, name)
    plugin.add(Field.pluginContent, content)
    var metadata = ProtobufMessage()
    metadata.add(Field.pluginData, plugin)
    var message = ProtobufMessage()
    message.add(Field.tag, tag)
    message.add(Field.metadata, metadata)
    return SummaryValue(message: message)
  }
}
