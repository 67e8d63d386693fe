import Experiments
import Foundation
import TestSupport
import Testing

/// Reads YAML text as if it were the file `test.yaml`.
func configuration(
  _ yaml: String, _ overrides: String...
) throws -> ExperimentConfiguration {
  try ExperimentConfiguration(yaml: Array(yaml.utf8), source: "test.yaml", overrides: overrides)
}

/// The lines of the error that the text leads to; a failure of the test if it leads to none.
func problems(_ yaml: String, _ overrides: String...) throws -> [String] {
  try problems(bytes: Array(yaml.utf8), overrides)
}

/// The lines of the error that the bytes lead to.
func problems(bytes: [UInt8], _ overrides: [String] = []) throws -> [String] {
  let error = #expect(throws: ConfigurationError.self) {
    try ExperimentConfiguration(yaml: bytes, source: "test.yaml", overrides: overrides)
  }
  return try #require(error).problems.map(\.description)
}

/// The folder of the configurations that come with the program.
let configurationFolder = Checkout.folder.appendingPathComponent("configs")

/// The paths of the configurations that come with the program.
let shippedConfigurations: [String] =
  ((try? FileManager.default.contentsOfDirectory(atPath: configurationFolder.path)) ?? [])
  .filter { $0.hasSuffix(".yaml") }.sorted()
