/// What can go wrong in training that is nobody else's error.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The loss became NaN or infinite.
  ///
  /// On the ranks at `places`, or in the sum over finite losses where those are none. The ranks at `corrupt` hold other
  /// weights than the others.
  case nonFiniteLoss(step: Int, rate: Double, places: [RankPlace], corrupt: [RankPlace])
  /// A step was rejected, and could not or could no longer be skipped.
  case rejectedStep(step: Int, rate: Double, reason: String, skipped: Int)
  /// Ranks do not hold the weights that most of them hold; all are named where there is no majority.
  case weightsDiffer(step: Int, places: [RankPlace], ranks: Int)
  /// A checkpoint belongs to another run.
  case differentRun(keys: [String], path: String)
  /// A checkpoint does not fit the model.
  case unusableCheckpoint(path: String, reason: String)

  /// A sentence.
  public var description: String {
    switch self {
    case .nonFiniteLoss(let step, let rate, let places, let corrupt):
      "the loss is not finite at step \(step) (learning rate \(rate))\(RankPlace.list(places, after: " on "))"
        + (corrupt.isEmpty
          ? ": lower the learning rate, or start from an earlier checkpoint with another schedule"
          : ", and the weights of \(RankPlace.list(corrupt)) differ from those of other ranks: memory or CPU there "
            + "cannot be trusted, so --resume without that host")
    case .rejectedStep(let step, let rate, let reason, let skipped):
      "at step \(step) (learning rate \(rate)) \(reason)"
        + (skipped > 0 ? ", behind \(skipped) skipped steps in a row" : "")
        + ": lower the learning rate, or start from an earlier checkpoint with another schedule"
    case .weightsDiffer(let step, let places, let ranks):
      "behind step \(step) the weights of \(RankPlace.list(places)) differ from "
        + (places.count < ranks ? "those of the other ranks" : "each other")
        + ": memory or CPU there cannot be trusted; no checkpoint was written, so --resume without that host goes on "
        + "from before"
    case .differentRun(let keys, let path):
      "\(path) belongs to a run that differs in \(keys.joined(separator: ", ")): resume with the "
        + "configuration it was started with, or choose another --output"
    case .unusableCheckpoint(let path, let reason):
      "\(path) does not fit this run: \(reason)"
    }
  }
}
