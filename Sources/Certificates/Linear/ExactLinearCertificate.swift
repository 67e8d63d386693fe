public import Attacks
import Networks
import Tensors

/// Decides for each sample whether a linear model withstands every perturbation of a threat model.
///
/// The sample x of class y is robust exactly where for every other class t the worst margin
///
///     M_t = min over x' in the set of (w_y - w_t) . x' + b_y - b_t
///
/// is positive. The set is separable for linf: its ends are the float32 numbers of `ThreatModel.linfSet`. For l2
/// and l1 without box M_t = u . x + c - r ||u||_q with u = w_y - w_t, c = b_y - b_t (Hoelder). With the box [0, 1]
/// every multiplier m >= 0 of the length constraint bounds M_t from below (weak duality):
///
///     l2:  u . x + c + sum_j min over d in [-x_j, 1 - x_j] of (u_j d + m d^2 / 2)  -  m r^2 / 2
///     l1:  u . x + c + sum_j min over d in [-x_j, 1 - x_j] of (u_j d + m |d|)      -  m r
///
/// and every feasible point bounds it from above, so the multiplier need not be exact for the verdict to be.
///
/// **Rounding.** A verdict holds for the linear map in real numbers and for every float32 evaluation of it, in
/// any order of summation, fused or not. With unit roundoff h = 2^-24 an inner product of n terms and a bias is off
/// by at most g_(n+1) S, g_k = k h / (1 - k h), S the sum of the magnitudes of its terms (Higham, Accuracy and
/// Stability of Numerical Algorithms, section 3.1). Hoelder bounds S over the whole set:
/// S_k <= sum_j |w_kj x_j| + r ||w_k||_q + |b_k|. The bounds here are evaluated in Double, whose errors are below
/// n 2^-51 S; with g_(n+4) (S_y + S_t) they are covered as long as n < 2^24. Margins no larger than that are
/// `undecided`. Certified radii are those that `ThreatModel.allows` grants (`largestDistance`), broken ones
/// epsilon itself.
public struct ExactLinearCertificate: Sendable {
  /// The model.
  public let model: LinearModel
  /// What the adversary may do.
  public let threat: ThreatModel

  /// Creates the certificate of a model against a threat.
  public init(_ model: LinearModel, threat: ThreatModel) {
    precondition(model.imageElements < 1 << 24, "rounding is bounded for fewer than 2^24 pixels")
    self.model = model
    self.threat = threat
  }

  /// Decides one sample.
  ///
  /// - Parameters:
  ///   - image: Its pixels, as many as the model's `imageElements`; in [0, 1] where the threat has a box.
  ///   - label: Its class.
  /// - Returns: The verdict; a broken sample is broken with the class of the lowest margin.
  public func verdict(_ image: UnsafePointer<Float>, label: Int) -> LinearVerdict {
    let bounds = LinearMarginBounds(model, threat, image)
    var isCertified = true
    var worst: (margin: Double, class: Int)?
    for other in 0..<model.classCount where other != label {
      let margin = bounds.worstMargin(of: label, over: other)
      // Written so that NaN certifies nothing and breaks nothing.
      if !(margin.lower > margin.rounding) { isCertified = false }
      if margin.upper < -margin.rounding && margin.upper < worst?.margin ?? .infinity {
        worst = (margin.upper, other)
      }
    }
    if let worst { return .broken(class: worst.class) }
    return isCertified ? .certified : .undecided
  }

  /// Decides samples that lie one behind the other.
  public func verdicts(_ images: UnsafePointer<Float>, labels: [Int]) -> [LinearVerdict] {
    labels.enumerated().map { verdict(images + $0.offset * model.imageElements, label: $0.element) }
  }
}
