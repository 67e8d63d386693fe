import DataParallel
import Datasets
import Networks
public import Tensors

/// A copy of everything that steps change, to return to.
final class LearnerState {
  let weights: ParameterArena
  let moments: [ParameterArena]
  let average: WeightAverage?
  let perturbation: CarriedPerturbation?
  let optimizerStep: Int

  init(
    weights: ParameterArena, moments: [ParameterArena], average: WeightAverage?,
    perturbation: CarriedPerturbation?, optimizerStep: Int
  ) {
    self.weights = weights
    self.moments = moments
    self.average = average
    self.perturbation = perturbation
    self.optimizerStep = optimizerStep
  }
}

extension Learner {
  private static let good = "good."

  /// Keeps a copy of the present state as the last good one.
  ///
  /// - Precondition: All ranks hold all carried perturbations.
  func keepGoodState() {
    func copy(_ arena: ParameterArena) -> ParameterArena {
      let copy = ParameterArena(arena.layout)
      copy.copy(from: arena)
      return copy
    }
    lastGood = LearnerState(
      weights: copy(model.parameters), moments: optimizer.moments.map { copy($0.values) },
      average: average.map { WeightAverage($0.weights, count: $0.count) },
      perturbation: perturbation?.copied(), optimizerStep: optimizer.step)
  }

  /// Goes back to the last good state, which is kept.
  func returnToGoodState() throws {
    guard let lastGood else { return }
    model.parameters.copy(from: lastGood.weights)
    for (moment, good) in zip(optimizer.moments, lastGood.moments) { moment.values.copy(from: good) }
    optimizer.step = lastGood.optimizerStep
    average = lastGood.average.map { WeightAverage($0.weights, count: $0.count) }
    perturbation = lastGood.perturbation?.copied()
    try model.parametersChanged()
  }

  /// What a checkpoint says of the last good state besides its tensors.
  func goodState(behind step: Int) -> TrainerState.Good {
    TrainerState.Good(
      step: step, optimizerStep: lastGood?.optimizerStep ?? 0, averaged: lastGood?.average?.count ?? 0)
  }

  /// What a checkpoint keeps as the model: the averaged weights where there are any.
  var evaluatedTensors: [NamedTensor] {
    (average?.weights ?? model.parameters).namedTensors()
  }

  /// What a checkpoint keeps beside the model and the optimizer.
  ///
  /// - Precondition: All ranks hold all carried perturbations.
  var trainingTensors: [NamedTensor] {
    var tensors: [NamedTensor] = []
    if average != nil { tensors += model.parameters.namedTensors(prefix: "weights.") }
    if let perturbation { tensors.append(tensor(of: perturbation, named: "perturbation")) }
    guard let lastGood else { return tensors }
    tensors += lastGood.weights.namedTensors(prefix: Self.good + "weights.")
    for (moment, values) in zip(optimizer.rule.momentNames, lastGood.moments) {
      tensors += values.namedTensors(prefix: "\(Self.good)optimizer.\(moment).")
    }
    if let average = lastGood.average {
      tensors += average.weights.namedTensors(prefix: Self.good + "average.")
    }
    if let perturbation = lastGood.perturbation {
      tensors.append(tensor(of: perturbation, named: Self.good + "perturbation"))
    }
    return tensors
  }

  private func tensor(of perturbation: CarriedPerturbation, named name: String) -> NamedTensor {
    NamedTensor(
      name: name, shape: [perturbation.rows] + images.imageShape, values: Array(perturbation.values.elements))
  }

  /// Takes over what a checkpoint keeps beside the model and the optimizer, which the learner has already.
  ///
  /// - Throws: `ParameterMismatch` where tensors are missing or do not fit.
  public func restoreTraining(_ tensors: [NamedTensor], _ state: TrainerState) throws {
    if state.averaged > 0 {
      average = WeightAverage(model.parameters, count: state.averaged)
      try load(tensors, "weights.", into: model.parameters)
    }
    perturbation = try carried(tensors, "perturbation")
    if let good = state.good {
      func arena(_ prefix: String, _ layout: ParameterLayout) throws -> ParameterArena {
        let arena = ParameterArena(layout)
        try load(tensors, Self.good + prefix, into: arena)
        return arena
      }
      let layout = model.parameters.layout
      let moments = try optimizer.moments.map { try arena("optimizer.\($0.name).", $0.values.layout) }
      let average = try good.averaged > 0 ? arena("average.", layout) : nil
      lastGood = LearnerState(
        weights: try arena("weights.", layout), moments: moments,
        average: average.map { WeightAverage($0, count: good.averaged) },
        perturbation: try carried(tensors, Self.good + "perturbation"), optimizerStep: good.optimizerStep)
    }
    optimizer.step = state.optimizerStep
    try model.parametersChanged()
  }

  private func load(_ tensors: [NamedTensor], _ prefix: String, into arena: ParameterArena) throws {
    try arena.load(tensors.filter { $0.name.hasPrefix(prefix) }, prefix: prefix)
  }

  private func carried(_ tensors: [NamedTensor], _ name: String) throws -> CarriedPerturbation? {
    guard let tensor = tensors.first(where: { $0.name == name }) else { return nil }
    guard tensor.shape.count == 4, Array(tensor.shape.dropFirst()) == images.imageShape else {
      throw ParameterMismatch("tensor \(name) has shape \(tensor.shape), images have \(images.imageShape)")
    }
    return CarriedPerturbation(rows: tensor.shape[0], elements: images.imageSize, values: tensor.values)
  }
}
