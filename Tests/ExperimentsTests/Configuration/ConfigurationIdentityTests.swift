import Experiments
import Testing

struct ConfigurationIdentityTests {
  @Test(
    "Where, how visibly and how safely a run runs is no part of what it is",
    arguments: [
      "name=other", "data.path=/elsewhere", "evaluation.on=rank0", "evaluation.final=[]",
      "checkpoint.everySteps=5", "checkpoint.keep=9", "checkpoint.everyEpochs=0", "training.steps=10",
      "watchdog.seconds=0", "watchdog.compareWeightsEvery=7",
    ])
  func sameRun(override: String) throws {
    let run = try configuration("data: {name: mnist}")
    let other = try configuration("data: {name: mnist}", override)

    #expect(other.identityDifferences(from: run).isEmpty)
    #expect(other.identityFields == run.identityFields)
  }

  @Test(
    "Everything that the weights or the best checkpoint depend on is named where it differs",
    arguments: [
      ("seed=2", ["seed"]),
      (
        "data.name=fashion-mnist",
        [
          "data.name", "threat.epsilon", "evaluation.attack.stepSize",
        ]
      ),
      ("data.validation=100", ["data.validation"]), ("data.classes=[1, 2]", ["data.classes"]),
      ("data.augmentation.flip=true", ["data.augmentation.crop", "data.augmentation.flip"]),
      ("averaging.method=swa", ["averaging.method", "averaging.from"]),
      ("weightPerturbation.gamma=0.01", ["weightPerturbation.gamma", "weightPerturbation.warmup"]),
      ("guards.nonFinite.action=skip", ["guards.nonFinite.action", "guards.skipLimit"]),
      ("optimizer.clipNorm=1", ["optimizer.clipNorm"]),
      ("training.labelSmoothing=0.1", ["training.labelSmoothing"]),
      ("batch.size=64", ["batch.size"]), ("batch.microbatch=8", ["batch.microbatch"]),
      ("epochs=11", ["epochs"]),
      ("optimizer.weightDecay=1", ["optimizer.weightDecay"]), ("schedule.peak=1", ["schedule.peak"]),
      ("evaluation.attack.steps=21", ["evaluation.attack.steps", "evaluation.attack.stepSize"]),
      ("evaluation.everyEpochs=2", ["evaluation.everyEpochs"]), ("threat.box=false", ["threat.box"]),
    ])
  func otherRun(override: String, expected: [String]) throws {
    let yaml = "{data: {name: mnist}, training: {method: standard}}"
    let run = try configuration(yaml)
    let other = try configuration(yaml, override)

    let keys = other.identityDifferences(from: run).map(\.keyPath)

    #expect(other.identityFields != run.identityFields)
    #expect(keys == expected)
  }

  @Test("A difference says both values, and none where a setting does not exist")
  func descriptions() throws {
    let run = try configuration("training: {method: fgsm}")
    let other = try configuration("training: {method: pgd, steps: 7, stepSize: 0.3}")

    #expect(
      run.identityDifferences(from: other).map(\.description) == [
        "training.method: fgsm instead of pgd", "training.steps: none instead of 7",
        "training.randomStart: none instead of true", "training.restarts: none instead of 1",
      ])
  }

  @Test("The same setting in other words is the same run")
  func spelling() throws {
    let first = try configuration("{threat: {epsilon: 8/255}, schedule: {peak: 5e-3}}")
    let second = try configuration("{threat: {epsilon: '16/510'}, schedule: {peak: 0.005}}")

    #expect(first.identityFields == second.identityFields)
  }
}
