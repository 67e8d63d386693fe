/// What an adversary may do to an image (section `threat`).
public struct ThreatConfiguration: Codable, Equatable, Sendable {
  /// The norms that bound a perturbation.
  public enum Norm: String, Codable, ConfigurationChoice {
    /// The largest change of a pixel.
    case linf
    /// The Euclidean length of the change.
    case l2
    /// The sum of the changes.
    case l1
  }

  /// The norm.
  public var norm: Norm
  /// The largest perturbation, in units of pixels from 0 to 1.
  public var epsilon: Double
  /// Whether perturbed pixels have to stay in [0, 1].
  public var box: Bool

  init(reading reader: ConfigurationReader, data: DataConfiguration.Name) {
    let norm = reader.select("norm", default: Norm.linf, "The norm that bounds the perturbation.")
    let documentation = "The largest perturbation; pixels go from 0 to 1."
    epsilon =
      switch norm {
      case .linf:
        reader.number("epsilon", default: data.usualEpsilon, .nonNegative, documentation)
      case .l2, .l1:
        reader.requiredNumber(
          "epsilon", .nonNegative, because: "with norm \(norm.rawValue)", otherwise: 0, documentation)
      }
    box = reader.flag("box", default: true, "Whether perturbed pixels have to stay in [0, 1].")
    self.norm = norm
    reader.finish()
  }

  var fields: [ResolvedField] {
    [
      ResolvedField("norm", .choice(norm)), ResolvedField("epsilon", .number(epsilon)),
      ResolvedField("box", .flag(box)),
    ]
  }

  /// What is wrong with a key, beside what its type and range say.
  var problems: [(keyPath: String, message: String)] {
    guard norm == .linf, epsilon > 1 else { return [] }
    let text = ConfigurationNumber.text(epsilon)
    return [
      ("threat.epsilon", "is \(text), more than the whole range of a pixel, 0 to 1; was \(text)/255 meant?")
    ]
  }
}

extension DataConfiguration.Name {
  /// The radius in the linf norm that the literature mostly uses.
  fileprivate var usualEpsilon: Double {
    switch self {
    case .mnist5k, .mnist: 0.3
    case .fashionMNIST, .synthetic: 0.1
    case .cifar10, .cifar100: 8.0 / 255
    }
  }
}
