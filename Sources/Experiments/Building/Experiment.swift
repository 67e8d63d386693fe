import DataParallel
import Datasets
import MessagePassing
import Networks
import Training

/// An experiment made ready to run on this rank: configuration, data and model, the same on all ranks.
struct Experiment {
  let configuration: ExperimentConfiguration
  let data: ExperimentData
  let architecture: Architecture
  let model: DataParallelModel
  /// The threads of all ranks.
  let threadPlan: ThreadPlan
  /// The threads of this rank.
  let threads: Int

  /// Loads the data and builds the model, on all ranks together.
  ///
  /// - Throws: A failure of all ranks where one of them cannot, or where ranks differ.
  init(_ configuration: ExperimentConfiguration, threads: Int?, on communicator: Communicator) throws {
    // First: ranks that are to do different things would wait for each other in different places.
    try communicator.requireSame([("configuration", configuration.sharedSettings)])
    let data = try communicator.agree { try ExperimentData(configuration.data) }
    try communicator.requireSame([("data", data.fingerprint)])
    // On all ranks, also those that are told their number.
    threadPlan = try ThreadPlan.gather(requested: threads, on: communicator)
    let (architecture, network) = try communicator.agree {
      let architecture = try configuration.architecture(for: data.dataset.train)
      try configuration.requireBounds(through: architecture)
      return (architecture, try CompiledNetwork(architecture, microbatch: configuration.batch.microbatch))
    }
    try communicator.requireSame([("kernels", network.implementations.joined(separator: " "))])
    self.configuration = configuration
    self.data = data
    self.architecture = architecture
    self.threads = threadPlan.threads[communicator.rank]
    model = try DataParallelModel(
      network, parameters: architecture.initialParameters(seed: configuration.seed),
      communicator: communicator, threads: self.threads)
  }

  /// What a run is, for its checkpoints: a resumed run has to be the same in all of it.
  var identity: [String: String] {
    configuration.identityFields.merging(["data.sha256": data.fingerprint]) { _, new in new }
  }
}
