/// What can be said for certain of a sample under a linear model.
public enum LinearVerdict: Equatable, Sendable {
  /// No allowed perturbation changes the class.
  case certified
  /// An allowed perturbation makes the model answer with this class (or the clean image is answered so).
  case broken(class: Int)
  /// The worst margin is so near zero that the rounding of float32 decides.
  case undecided
}
