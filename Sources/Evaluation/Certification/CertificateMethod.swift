public import Attacks
public import Certificates
import Networks

/// How samples are proven robust, one by one and without chance.
public enum CertificateMethod: Equatable, Sendable {
  /// Bounds propagated through the network, also for convolutions computed by minimal filtering where it says so.
  case bounds(BoundMethod, coversMinimalFiltering: Bool = false)
  /// The closed form of linear models, which also breaks what it does not prove.
  case exact

  /// The name in results.
  public var name: String {
    switch self {
    case .bounds(let method, _): method.rawValue
    case .exact: "exact"
    }
  }

  /// What arithmetic a certificate holds for, to go behind "certified for".
  public var arithmetic: String {
    switch self {
    case .bounds(_, coversMinimalFiltering: false):
      "direct float32 convolutions: sums of products in any order, fused or not, no minimal filtering"
    case .bounds(_, coversMinimalFiltering: true):
      "float32 convolutions, direct or by minimal filtering: sums in any order, fused or not"
    case .exact:
      "real numbers and float32: sums of products in any order, fused or not"
    }
  }
}

/// What a method says of every sample under one threat model.
public struct CertificateResult: Sendable {
  /// What was asked.
  public enum Finding: Equatable, Sendable {
    /// Nothing is known, or nothing was asked because the clean image is misclassified.
    case open
    /// No allowed perturbation changes the class, by this method or a cheaper one that it includes.
    case proven(by: String)
    /// An allowed perturbation makes it this class.
    case broken(class: Int)
  }

  /// The method.
  public let method: CertificateMethod
  /// The set that certificates hold for.
  public let threat: ThreatModel
  /// The samples without attack.
  public let clean: CleanResult
  /// By sample, what was found.
  public let findings: [Finding]
  /// By sample, lower bounds on the margins of its class over every class, as `MarginBounds` has them; minus infinity
  /// where nothing is known.
  ///
  /// Nil where nobody asked for them.
  public let margins: [[Double]]?
  /// The time it took on this rank, waiting for others included.
  public let seconds: Double

  /// The samples classified correctly for every allowed perturbation.
  public var certified: Int {
    findings.count { if case .proven = $0 { true } else { false } }
  }
}
