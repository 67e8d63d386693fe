/// Where the time of training steps went, in seconds of rank 0.
public struct PhaseSeconds: Codable, Sendable, Equatable {
  /// Crafting adversarial examples.
  public var attack: Double
  /// Learning from them.
  public var gradient: Double
  /// Adding gradients up over the ranks.
  public var reduction: Double
  /// Waiting for slower ranks.
  public var waiting: Double
  /// Changing the weights, and everything else.
  public var other: Double

  /// Creates times.
  public init(
    attack: Double = 0, gradient: Double = 0, reduction: Double = 0, waiting: Double = 0, other: Double = 0
  ) {
    self.attack = attack
    self.gradient = gradient
    self.reduction = reduction
    self.waiting = waiting
    self.other = other
  }

  /// The phases by their names, in the order of a step.
  public var parts: [(name: String, seconds: Double)] {
    [
      ("attack", attack), ("gradient", gradient), ("reduction", reduction), ("waiting", waiting),
      ("other", other),
    ]
  }

  /// All of it.
  public var total: Double { attack + gradient + reduction + waiting + other }

  /// Adds times up.
  public static func += (left: inout PhaseSeconds, right: PhaseSeconds) {
    left.attack += right.attack
    left.gradient += right.gradient
    left.reduction += right.reduction
    left.waiting += right.waiting
    left.other += right.other
  }

  /// The shares of attack, gradient, reduction and waiting in words; empty where there was no time.
  public var shares: String {
    guard total > 0 else { return "" }
    return parts.dropLast().map { "\($0.name) \(Int((100 * $0.seconds / total).rounded())) %" }
      .joined(separator: ", ")
  }
}
