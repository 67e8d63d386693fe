import Checkpoints
import Tensors

/// A small checkpoint whose weights differ from step to step.
func sample(step: Int, best: Int? = nil, scale: Float = 1) -> Checkpoint {
  var state = CheckpointState(
    step: step, epoch: 1, batchInEpoch: 3, samplesSeen: step * 128,
    identity: ["seed": "1", "model": "mlp"], environment: ["cpu": "test"])
  state.best = best.map { CheckpointState.Best(step: $0, correct: 40, total: 50) }
  return Checkpoint(
    state: state,
    model: [NamedTensor(name: "fc.weight", shape: [2, 1], values: [scale * Float(step), -0.5])],
    optimizer: [NamedTensor(name: "momentum/fc.weight", shape: [2, 1], values: [0.25, scale])])
}
