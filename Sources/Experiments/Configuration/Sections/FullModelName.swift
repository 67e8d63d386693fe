import Networks

/// The name of a model with its extents, such as cnn-small or wrn-28-10.
struct FullModelName: ConfigurationChoice {
  /// The architecture.
  let name: ModelConfiguration.Name
  /// The name in configurations.
  let rawValue: String

  /// A name without extents.
  init(_ name: ModelConfiguration.Name) {
    self.name = name
    rawValue = name.rawValue
  }

  /// Reads a name; nil for one that there is not.
  init?(rawValue: String) {
    self.rawValue = rawValue
    if Architecture.wideResNetExtents(rawValue) != nil {
      name = .wideResNet
    } else if let plain = ModelConfiguration.Name(rawValue: rawValue), plain != .wideResNet {
      name = plain
    } else {
      return nil
    }
  }

  static let pattern: String? = "wrn-[1-9][0-9]*-[1-9][0-9]*"

  /// The names that messages list; wide residual networks have more.
  static var allCases: [FullModelName] {
    ModelConfiguration.Name.allCases.filter { $0 != .wideResNet }.map(FullModelName.init)
      + ["wrn-28-10", "wrn-34-10"].compactMap(FullModelName.init(rawValue:))
  }
}
