import Experiments
import Testing

struct ConfigurationDefaultTests {
  @Test("An explicit empty section gives every default")
  func everyDefault() throws {
    let run = try configuration("{}")

    #expect(run.name == "test")
    #expect(run.data.name == .mnist5k)
    #expect(run.model.name == .cnnSmall)
    #expect(run.batch.size == 128)
    #expect(run.batch.microbatch == 32)
    #expect(run.optimizer.name == .adam)
    #expect(run.schedule.name == .cyclic)
    #expect(run.schedule.learningRate == 0.005)
    #expect(run.schedule.peakAt == 0.4)
    #expect(run.threat.norm == .linf)
    #expect(run.threat.box)
    #expect(run.training.method == .pgd)
    #expect(run.evaluation.attack.steps == 20)
    #expect(run.evaluation.final.map(\.name) == [.fgsm, .pgd])
  }

  @Test("The name is the file's where none is given and it can be a folder's name")
  func defaultName() throws {
    let named = try ExperimentConfiguration(yaml: Array("{}".utf8), source: "/some/where/my-run.v2.yaml")
    let strange = try ExperimentConfiguration(yaml: Array("{}".utf8), source: "/some/where/.yaml")

    #expect(named.name == "my-run.v2")
    #expect(strange.name == "run")
  }

  @Test("A step size left out follows from epsilon, steps and the method")
  func stepSizes() throws {
    let threat = "threat: {epsilon: 0.2}\n"

    #expect(
      try configuration(threat + "training: {method: pgd, steps: 8}").training.stepSize == 2.5 * 0.2 / 8)
    #expect(try configuration(threat + "training: {method: fgsm}").training.stepSize == 0.2)
    #expect(try configuration(threat + "training: {method: fgsm-rs}").training.stepSize == 1.25 * 0.2)
    #expect(try configuration(threat + "training: {method: standard}").training.stepSize == 0)
    let attacks = try configuration(
      threat + "evaluation: {final: [fgsm, fgsm-rs, {name: pgd, steps: 5}, noise]}")
    #expect(attacks.evaluation.final.map(\.stepSize) == [0.2, 1.25 * 0.2, 2.5 * 0.2 / 5, 0])
    #expect(attacks.resolvedYAML.contains("stepSize: 0.25"))
  }

  @Test("Methods without a choice of steps and starts still say what they do")
  func impliedAttack() throws {
    let fgsm = try configuration("training: {method: fgsm}").training
    let fast = try configuration("training: {method: fgsm-rs}").training
    let standard = try configuration("training: {method: standard}").training

    #expect((fgsm.steps, fgsm.randomStart, fgsm.restarts) == (1, false, 1))
    #expect((fast.steps, fast.randomStart, fast.restarts) == (1, true, 1))
    #expect((standard.steps, standard.randomStart, standard.restarts) == (0, false, 0))
  }

  @Test("The default micro-batch is one number and never exceeds the batch")
  func microbatches() throws {
    #expect(try configuration("model: {name: cnn-madry}").batch.microbatch == 32)
    #expect(try configuration("model: {name: lenet}").batch.microbatch == 32)
    #expect(try configuration("batch: {size: 7}").batch.microbatch == 7)
    #expect(try configuration("batch: {size: 100}").batch.microbatch == 32)
  }

  @Test("Epsilon left out is the usual one for the data set")
  func usualEpsilon() throws {
    #expect(try configuration("data: {name: mnist}").threat.epsilon == 0.3)
    #expect(try configuration("data: {name: cifar10}").threat.epsilon == 8.0 / 255)
    #expect(try configuration("data: {name: cifar100}").threat.epsilon == 8.0 / 255)
  }

  @Test("An augmentation that is off leaves no trace")
  func noAugmentation() throws {
    let off = try configuration("data: {augmentation: {crop: 0, flip: false}}")

    #expect(off.resolvedYAML == (try configuration("{}")).resolvedYAML)
    #expect(!off.resolvedYAML.contains("augmentation"))
    #expect(
      try configuration("data: {augmentation: {crop: 4}}").resolvedYAML.contains("crop: 4, flip: false"))
  }

  @Test("CIFAR-100 has a hundred classes")
  func hundredClasses() throws {
    let some = try configuration("data: {name: cifar100, classes: [99, 3, 7, 50]}")

    #expect(try configuration("data: {name: cifar100}").data.classCount == 100)
    #expect(some.data.classCount == 4)
    #expect(throws: ConfigurationError.self) {
      try configuration("data: {name: cifar100, classes: [100, 3]}")
    }
  }

  @Test("A model with one score is trained and attacked on the logistic loss by default")
  func binaryLoss() throws {
    let run = try configuration("{data: {classes: [3, 8]}, model: {name: linear-binary}}")

    #expect(run.training.lossFunction == .logistic)
    #expect(run.evaluation.attack.lossFunction == .logistic)
    #expect(run.data.classCount == 2)
  }

  @Test("Words and numbers of YAML's other versions are plain text")
  func noGuessing() throws {
    #expect(try configuration("name: no").name == "no")
    #expect(try configuration("name: 2024").name == "2024")
    #expect(try configuration("threat: {epsilon: '8/255'}").threat.epsilon == 8.0 / 255)
    #expect(try configuration("seed: 18446744073709551615").seed == .max)
  }

  @Test("Every key is documented once, with a type")
  func documentation() {
    let keys = ExperimentConfiguration.keys

    #expect(keys.count > 40)
    #expect(keys.allSatisfy { !$0.documentation.isEmpty && !$0.type.isEmpty })
    let plain = keys.map(\.path).filter { !$0.contains("[") }
    #expect(Set(plain).count == plain.count)
    #expect(keys.first { $0.path == "training.steps" }?.fallback == "10")
    #expect(keys.first { $0.path == "model.hidden" }?.isUsed == false)
  }
}
