/// What can go wrong in training that is nobody else's error.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The loss became NaN or infinite.
  case nonFiniteLoss(step: Int, rate: Double)
  /// A checkpoint belongs to another run.
  case differentRun(keys: [String], path: String)
  /// A checkpoint does not fit the model.
  case unusableCheckpoint(path: String, reason: String)

  /// A sentence.
  public var description: String {
    switch self {
    case .nonFiniteLoss(let step, let rate):
      "the loss is not finite at step \(step) (learning rate \(rate)): lower the learning rate, or resume from an "
        + "earlier checkpoint with another schedule"
    case .differentRun(let keys, let path):
      "\(path) belongs to a run that differs in \(keys.joined(separator: ", ")): resume with the "
        + "configuration it was started with, or choose another --output"
    case .unusableCheckpoint(let path, let reason):
      "\(path) does not fit this run: \(reason)"
    }
  }
}
