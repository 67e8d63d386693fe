/// How a forward pass treats the layers that behave differently in training.
public enum ForwardMode: Equatable, Sendable {
  /// Dropout does nothing.
  case evaluation
  /// Dropout draws masks that depend on seed, step, sample, layer and pass only.
  case training(seed: UInt64, step: UInt64, pass: UInt32)
}

/// What a bound operation is told of the forward pass it is part of.
struct ForwardPass {
  let mode: ForwardMode
  /// The identity of each sample of the micro-batch.
  let samples: UnsafePointer<UInt32>
}
