import Networks

extension ExperimentConfiguration {
  /// Checks that bounds go through a network, where the run needs them.
  ///
  /// - Throws: `ExperimentError` naming the setting and the layer in the way.
  func requireBounds(through architecture: Architecture) throws {
    let setting: String
    if training.method.usesBounds {
      setting = "training.method \(training.method.rawValue)"
    } else if evaluation.validateBy == .bounds {
      setting = "evaluation.validateBy bounds"
    } else {
      return
    }
    do {
      _ = try IntervalNetwork(architecture, microbatch: 1)
      if training.method == .crownIBP { _ = try RelaxationNetwork(architecture) }
    } catch let error as IntervalError {
      throw ExperimentError.usage("\(setting) cannot be used with this network: \(error)")
    }
  }
}
