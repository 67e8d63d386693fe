/// What float32 arithmetic may change, and what the Double arithmetic of the bounds may.
///
/// **The claim.** Bounds hold for the network as float32 computes it by sums of products: for every image of float32
/// numbers in the set, every order of summation, fused multiply-add or not. That is what direct convolutions and
/// matrix products do, whoever wrote them. Minimal filtering (Winograd) multiplies sums instead, and is not part of the
/// claim unless `BoundNetwork.coversMinimalFiltering` makes it one; then `MinimalFiltering` says what it adds.
///
/// **The argument.** With unit roundoff h = 2^-24 a float32 sum of n products and a bias is the exact one plus an
/// error of at most g(n+1) S, g(k) = k h / (1 - k h), S the sum of the magnitudes of its terms (Higham, Accuracy and
/// Stability of Numerical Algorithms, section 3.1). ReLU and maxima are exact. So every affine layer is taken as
/// z = W x + b + e with |e_i| <= r_i and S_i = sum_j |w_ij| m_j + |b_i|, where m_j bounds the magnitudes of the
/// computed inputs. Intervals are widened by r_i, and a lower bound with coefficients a of z loses sum_i |a_i| r_i as
/// it is pulled back. By induction over the layers, bounds hold for what float32 computes.
///
/// Here r_i = g(n+8) S_i: the seven units more, 7 * 2^-24 S_i, pay for the Double arithmetic of the same layer. Its
/// roundings are below (n + 3) 2^-52 S_i in the interval pass. In the backward pass the coefficients a W are off by at
/// most k 2^-52 |a| |W| for k outputs, which is k 2^-52 sum_i |a_i| S_i in the bound, and constants add up with an error
/// of at most N 2^-52 times each term, N the number of terms of the whole network. For n, k, N < 2^24 all of that
/// together is below 2^-26 S_i. Other layers widen their own constants by `relaxation` for the same reason. So each
/// step, with the coefficients it was given taken as exact, yields bounds that imply those it was given.
///
/// Results below float32's normal range may be flushed to zero: 2^-110 for each operation is far above that. Sums
/// whose terms might overflow (S_i >= 2^126) certify nothing.
enum RoundingAllowance {
  /// g(operations): the relative error of a float32 sum, rounded up.
  static func relative(operations: Int) -> Double {
    precondition(operations < 1 << 23, "a sum of \(operations) terms is beyond what rounding is bounded for")
    let product = Double(operations) * 0x1p-24
    return product / (1 - product) * (1 + 0x1p-40)
  }

  /// How many roundings more than float32's own are allowed for.
  static let spare = 7

  /// What each operation may lose below the normal range.
  static let underflow = 0x1p-110

  /// Sums of magnitudes from here on may overflow.
  static let largest = 0x1p126

  /// What the constants of relaxations are widened by, relative to the magnitudes of the values they are about.
  static let relaxation = 0x1p-28

  /// The number of values of a network that all of this holds for.
  static let largestNetwork = 1 << 24
}
