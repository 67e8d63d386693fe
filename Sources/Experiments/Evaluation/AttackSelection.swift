/// The attacks of an evaluation, from what the command line says.
struct AttackSelection {
  private let names: [String]
  private let settings: [String: String]

  /// Checks that every setting belongs to an attack that was named.
  ///
  /// - Throws: `ConfigurationError` for a name that does not exist, `ExperimentError.usage` for an idle setting.
  init(names: [String], settings: [String: String]) throws {
    self.names = names
    self.settings = settings
    for key in settings.keys.sorted() where !names.contains(where: { Self.takes(key, $0) }) {
      throw ExperimentError.usage(
        names.isEmpty
          ? "the setting \(key) needs --attack to say which attack it is for"
          : "the setting \(key) does nothing with \(names.joined(separator: " and "))")
    }
  }

  /// The attacks at one radius; each takes the settings that mean something to it.
  func attacks(epsilon: Double, isBinary: Bool, classes: Int) throws -> [AttackConfiguration] {
    try names.map { name in
      try AttackConfiguration(
        named: name, settings: settings.filter { Self.takes($0.key, name) }, epsilon: epsilon,
        isBinary: isBinary, classes: classes)
    }
  }

  private static func takes(_ key: String, _ name: String) -> Bool {
    guard let attack = AttackConfiguration.Name(rawValue: name) else {
      // Reading the attack will say that there is none of this name.
      return true
    }
    return switch key {
    case "steps": attack == .pgd || attack.isAutoDescent
    case "randomStart": attack == .pgd
    case "targetClasses": attack == .apgdTargeted
    case "restarts": attack.isRandom
    default: attack.isGradientAttack
    }
  }
}
