import Experiments
import Testing

/// Settings that do nothing, or cannot work, beside others.
struct ConfigurationCombinationTests {
  @Test(
    "A key that does nothing is an error that says beside what",
    arguments: [
      ("training: {method: fgsm, steps: 3}", "training.steps does nothing with method fgsm"),
      ("training: {method: fgsm, randomStart: true}", "training.randomStart does nothing with method fgsm"),
      ("training: {method: fgsm-rs, restarts: 2}", "training.restarts does nothing with method fgsm-rs"),
      ("training: {method: standard, stepSize: 1}", "training.stepSize does nothing with method standard"),
      (
        "training: {method: standard, attackMode: training}",
        "training.attackMode does nothing with method standard"
      ),
      ("training: {method: free, steps: 3}", "training.steps does nothing with method free"),
      ("training: {replays: 3}", "training.replays does nothing with method pgd"),
      ("training: {method: free, beta: 3}", "training.beta does nothing with method free"),
      (
        "training: {method: mart, lossFunction: margin}",
        "training.lossFunction does nothing with method mart"
      ),
      (
        "training: {method: trades, cleanFraction: 0.5}",
        "training.cleanFraction does nothing with method trades"
      ),
      ("training: {method: fgsm, sigma: 1}", "training.sigma does nothing with method fgsm"),
      (
        "training: {method: noise, epsilonWarmup: 1}", "training.epsilonWarmup does nothing with method noise"
      ),
      ("training: {method: pgd, kappaEnd: 0}", "training.kappaEnd does nothing with method pgd"),
      ("training: {method: ibp, betaEnd: 0}", "training.betaEnd does nothing with method ibp"),
      (
        "training: {method: ibp, labelSmoothing: 0.1}", "training.labelSmoothing does nothing with method ibp"
      ),
      (
        "training: {method: crown-ibp, lossFunction: margin}",
        "training.lossFunction does nothing with method crown-ibp"
      ),
      (
        "model: {name: logistic-regression, initialization: ibp}",
        "model.initialization does nothing with model logistic-regression"
      ),
      ("averaging: {decay: 0.9}", "averaging.decay does nothing with method none"),
      ("averaging: {method: swa, decay: 0.9}", "averaging.decay does nothing with method swa"),
      (
        "guards: {catastrophicOverfitting: {gap: 0.1}}",
        "guards.catastrophicOverfitting.gap does nothing with action none"
      ),
      (
        "guards: {catastrophicOverfitting: {action: more-steps, factor: 0.1}}",
        "guards.catastrophicOverfitting.factor does nothing with action more-steps"
      ),
      (
        "guards: {robustOverfitting: {patience: 3}}",
        "guards.robustOverfitting.patience does nothing with action none"
      ),
      ("guards: {lossSpike: {factor: 3}}", "guards.lossSpike.factor does nothing with action none"),
      ("training: {penalty: 1}", "training.penalty does nothing with method pgd"),
      ("optimizer: {momentum: 0.9}", "optimizer.momentum does nothing with optimizer adam"),
      ("optimizer: {name: adamw, nesterov: true}", "optimizer.nesterov does nothing with optimizer adamw"),
      ("schedule: {learningRate: 1}", "schedule.learningRate does nothing with schedule cyclic"),
      ("schedule: {name: constant, peak: 1}", "schedule.peak does nothing with schedule constant"),
      ("schedule: {name: cosine, factor: 1}", "schedule.factor does nothing with schedule cosine"),
      ("schedule: {warmup: 1}", "schedule.warmup does nothing with schedule cyclic"),
      ("model: {bias: false}", "model.bias does nothing with model cnn-small"),
      ("model: {name: lenet, hidden: [3]}", "model.hidden does nothing with model lenet"),
      ("model: {name: lenet, activation: swish}", "model.activation does nothing with model lenet"),
      ("model: {name: wrn-10-1, hidden: [3]}", "model.hidden does nothing with model wrn-10-1"),
      (
        "attack: {batchNormalization: training}",
        "attack.batchNormalization does nothing with model cnn-small, which has no batch normalization"
      ),
      (
        "{model: {name: wrn-10-1}, training: {method: standard}, attack: {batchNormalization: training}}",
        "attack.batchNormalization does nothing with method standard, which has no attack of its own"
      ),
      ("data: {samples: 3}", "data.samples does nothing with data set mnist-5k"),
      ("data: {name: synthetic, path: x}", "data.path does nothing with data set synthetic"),
      (
        "evaluation: {attack: {name: fgsm, steps: 3}}",
        "evaluation.attack.steps does nothing with attack fgsm"
      ),
      (
        "evaluation: {final: [{name: noise, stepSize: 3}]}",
        "evaluation.final[0].stepSize does nothing with attack noise"
      ),
    ])
  func unusedKeys(yaml: String, expected: String) throws {
    #expect(try problems(yaml) == ["test.yaml:1: \(expected)"])
  }

  @Test("A name that is not known neither condemns keys nor asks for others")
  func unknownMethod() throws {
    #expect(try problems("{optimizer: {name: sgd}, schedule: {name: cycles, warmup: 3}}").count == 1)

    let lines = try problems("training: {method: alp, steps: 10, penalty: 1}")

    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("test.yaml:1: training.method has to be one of "))
  }

  @Test(
    "Combinations that cannot work are refused with the line of a key that is part of them",
    arguments: [
      ("batch: {size: 8, microbatch: 9}", "batch.microbatch is 9, more than the 8 samples of batch.size"),
      (
        "threat: {epsilon: 8}",
        "threat.epsilon is 8, more than the whole range of a pixel, 0 to 1; was 8/255 meant?"
      ),
      ("threat: {norm: l2}", "threat.epsilon has to be given with norm l2"),
      ("optimizer: {name: sgd}", "schedule.peak has to be given with optimizer sgd"),
      (
        "optimizer: {name: sgd, momentum: 0, nesterov: true}\nschedule: {peak: 1}",
        "optimizer.nesterov needs a momentum above 0; optimizer.momentum is 0"
      ),
      (
        "schedule: {name: piecewise}",
        "schedule.milestones has to be given with schedule piecewise, such as [50, 75]"
      ),
      (
        "schedule: {name: piecewise, milestones: [5, 10]}",
        "schedule.milestones has 10, which does nothing in a run of 10 epochs"
      ),
      ("schedule: {name: piecewise, milestones: [5, 5]}", "schedule.milestones have to be ascending"),
      (
        "schedule: {name: cosine, warmup: 10}",
        "schedule.warmup of 10 epochs does not end before the run of 10"
      ),
      ("schedule: {name: cosine, minimum: 1}", "schedule.minimum is above schedule.learningRate"),
      (
        "training: {randomStart: false, restarts: 2}",
        "training.restarts is 2, but without randomStart every restart is the same attack"
      ),
      (
        "evaluation: {attack: {randomStart: false, restarts: 2}}",
        "evaluation.attack.restarts is 2, but without randomStart every restart is the same attack"
      ),
      ("data: {classes: [3, 10]}", "data.classes names class 10; mnist-5k has 0 to 9"),
      ("data: {classes: [3, 3]}", "data.classes names a class twice"),
      (
        "model: {name: linear-binary}",
        "model.name linear-binary tells two classes apart; choose them with data.classes, such as [3, 8]"
      ),
      (
        "training: {method: exact}",
        "training.method exact needs model linear-binary; with cnn-small the worst case of the training loss "
          + "has no closed form"
      ),
      (
        "{model: {name: logistic-regression}, training: {method: exact}}",
        "training.method exact needs model linear-binary; with logistic-regression the worst case of the "
          + "training loss has no closed form"
      ),
      (
        "training: {method: soft-margin-svm}",
        "training.method soft-margin-svm needs model linear-binary; with cnn-small the worst case of the "
          + "training loss has no closed form"
      ),
      (
        "training: {lossFunction: hinge}",
        "training.lossFunction is hinge, which is for model linear-binary; models with a score per class have "
          + "cross-entropy, margin and dlr"
      ),
      (
        "training: {method: standard, lossFunction: margin}",
        "training.lossFunction margin is a loss for attacks and does nothing with method standard"
      ),
      (
        "training: {epsilonWarmup: 11}",
        "training.epsilonWarmup of 11 epochs does not end within the run of 10"
      ),
      (
        "weightPerturbation: {warmup: 1}",
        "weightPerturbation.warmup does nothing with weightPerturbation.gamma 0"
      ),
      (
        "weightPerturbation: {gamma: 0.01, warmup: 10}",
        "weightPerturbation.warmup of 10 epochs does not end before the run of 10"
      ),
      (
        "averaging: {method: ema, from: 10}",
        "averaging.from is 10, and a run of 10 epochs has no weights behind that"
      ),
      (
        "{data: {validation: 0}, guards: {catastrophicOverfitting: {action: stop}}}",
        "guards.catastrophicOverfitting.action measures held-out training samples, and data.validation is 0"
      ),
      (
        "{training: {method: standard}, guards: {catastrophicOverfitting: {action: stop}}}",
        "guards.catastrophicOverfitting.action does nothing with method standard, which has no attack steps"
      ),
      (
        "{training: {method: free}, guards: {catastrophicOverfitting: {action: more-steps}}}",
        "guards.catastrophicOverfitting.action is more-steps, and method free takes one step in each replay"
      ),
      (
        "{evaluation: {everyEpochs: 0}, guards: {robustOverfitting: {action: stop}}}",
        "guards.robustOverfitting.action needs validations while training, and evaluation.everyEpochs is 0"
      ),
      (
        "evaluation: {final: [exact]}",
        "evaluation.final[0].name exact is for linear models (logistic-regression, linear-binary), not cnn-small"
      ),
      (
        "evaluation: {attack: {lossFunction: logistic}}",
        "evaluation.attack.lossFunction is logistic, which is for model linear-binary; models with a score per "
          + "class have cross-entropy, margin and dlr"
      ),
    ])
  func impossible(yaml: String, expected: String) throws {
    let lines = try problems(yaml)

    #expect(lines.count == 1)
    // What is missing stands nowhere, so its section's line or the file is named.
    #expect(["test.yaml:1: \(expected)", "test.yaml: \(expected)"].contains(lines[0]))
  }

  @Test(
    "A binary model refuses what needs more classes or another threat",
    arguments: [
      ("training.lossFunction=cross-entropy", "training.lossFunction is cross-entropy; model linear-binary"),
      (
        "evaluation.attack.lossFunction=margin",
        "evaluation.attack.lossFunction is margin; model linear-binary"
      ),
      ("evaluation.attack.targeted=true", "evaluation.attack.targeted means nothing with two classes"),
      ("training.labelSmoothing=0.1", "training.labelSmoothing is for cross-entropy, not for logistic"),
      ("training={method: trades}", "training.method trades needs a score for each class"),
      ("data.classes=[3, 8, 9]", "model.name linear-binary tells two classes apart"),
      (
        "threat={norm: l2, epsilon: 1}",
        "training.method exact has no closed form for norm l2 inside the pixel box"
      ),
    ])
  func binary(override: String, expected: String) throws {
    let yaml = """
      data: {classes: [3, 8]}
      model: {name: linear-binary}
      training: {method: exact}
      """
    #expect(try configuration(yaml).training.method == .exact)

    #expect(try problems(yaml, override).joined().contains(expected))
  }

  @Test("A value changed after reading is checked on request")
  func validation() throws {
    var run = try configuration("{}")
    try run.validate()

    run.batch.microbatch = 1000

    let error = try #require(#expect(throws: ConfigurationError.self) { try run.validate() })
    #expect(error.description.contains("batch.microbatch is 1000"))
  }

  @Test("An attack of the command line has the defaults and checks of a configuration")
  func commandLineAttack() throws {
    let attack = try AttackConfiguration(named: "pgd", settings: ["steps": "40"], epsilon: 0.3)
    #expect(attack.stepSize == 2.5 * 0.3 / 40)
    #expect(attack.restarts == 1)

    let unknown = try #require(
      #expect(throws: ConfigurationError.self) { try AttackConfiguration(named: "pdg", epsilon: 0.3) })
    #expect(unknown.description.hasSuffix("not \"pdg\"; did you mean pgd?"))
    let unused = try #require(
      #expect(throws: ConfigurationError.self) {
        try AttackConfiguration(named: "fgsm", settings: ["steps": "2"], epsilon: 0.3)
      })
    #expect(unused.description == "command line: attack.steps does nothing with attack fgsm")
  }
}
