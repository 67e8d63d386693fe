import Tensors

/// A training set cut in two: what is trained on, and what is held out to choose among checkpoints.
public struct ValidationSplit: Equatable, Sendable {
  /// The positions that are trained on, ascending.
  public let training: [Int]
  /// The positions that are held out, ascending.
  public let validation: [Int]
}

extension LabeledImages {
  /// Holds out `validationCount` samples, chosen at random and the same for every run.
  ///
  /// The choice does not depend on the run's seed, so runs are comparable, and a larger split contains every
  /// smaller one.
  ///
  /// - Throws: `DatasetError` of kind `usage` if nothing would be left to train on.
  public func validationSplit(count validationCount: Int) throws(DatasetError) -> ValidationSplit {
    guard validationCount >= 0, validationCount < count else {
      throw DatasetError(
        .usage,
        """
        a validation split of \(validationCount) is impossible: \(name) has \(count) samples and one at least \
        has to be left to train on; set data.validation to 0...\(max(count - 1, 0))
        """)
    }
    var random = RandomStream(RandomIdentity(seed: 0, purpose: .validationSplit))
    let order = random.permutation(of: count).map(Int.init)
    return ValidationSplit(
      training: order[validationCount...].sorted(), validation: order[..<validationCount].sorted())
  }
}
