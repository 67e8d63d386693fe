import Experiments
import Testing

/// Residual networks in configurations.
struct ResidualModelConfigurationTests {
  private func read(_ yaml: String, _ overrides: [String] = []) throws -> ExperimentConfiguration {
    try ExperimentConfiguration(yaml: Array(yaml.utf8), source: "test.yaml", overrides: overrides)
  }

  @Test("Depth and width of a wide residual network are part of its name")
  func wideNames() throws {
    let configuration = try read("model: {name: wrn-28-10}")
    #expect(configuration.model.name == .wideResNet)
    #expect(configuration.model.fullName == "wrn-28-10")
    #expect(configuration.resolvedYAML.contains("name: wrn-28-10"))
    #expect(try read(configuration.resolvedYAML) == read("{name: test, model: {name: wrn-28-10}}"))

    for wrong in ["wrn", "wrn-27-10", "wrn-28-0", "resnet18"] {
      let error = #expect(throws: ConfigurationError.self) { try read("model: {name: \(wrong)}") }
      #expect(error.map { "\($0)".contains("wrn-28-10, wrn-34-10") } == true, "\(wrong)")
    }
  }

  @Test("Statistics of a micro-batch want more samples, and micro-batches never exceed the batch")
  func microbatches() throws {
    #expect(try read("model: {name: preact-resnet18}").batch.microbatch == 64)
    #expect(try read("{model: {name: preact-resnet18}, batch: {size: 48}}").batch.microbatch == 48)
    #expect(try read("{model: {name: wrn-10-1}, batch: {microbatch: 16}}").batch.microbatch == 16)
    #expect(try read("model: {name: cnn-madry}").batch.microbatch == 32)
  }

  @Test("What is left out of the model and of the attack is left out of what a run is")
  func identity() throws {
    let plain = try read("model: {name: cnn-small}").resolvedYAML
    for key in ["activation", "mean", "deviation", "batchNormalization"] { #expect(!plain.contains(key)) }

    let run = try read("model: {name: wrn-10-1}")
    let other = try read("{model: {name: wrn-10-1}, attack: {batchNormalization: training}}")
    #expect(run.identityDifferences(from: other).map(\.keyPath) == ["attack.batchNormalization"])
    let wider = try read("model: {name: wrn-10-2}")
    #expect(run.identityDifferences(from: wider).map(\.keyPath) == ["model.name"])
  }

  @Test(
    "Means and deviations go together",
    arguments: ["mean: [0.5]", "mean: [0.5, 0.5], deviation: [0.2]", "deviation: [0.2, 0.2, 0.2]"])
  func normalization(keys: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try read("model: {name: cnn-small, \(keys)}") }
    #expect(error.map { "\($0)".contains("both have one for each channel") } == true)
    #expect(throws: ConfigurationError.self) {
      try read("model: {name: cnn-small, mean: [0.5], deviation: [0]}")
    }
    #expect(throws: ConfigurationError.self) {
      try read("model: {name: logistic-regression, mean: [0.5], deviation: [0.2]}")
    }
  }
}
