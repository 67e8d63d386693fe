import Experiments
import Foundation
import Testing

/// Damaged files: whatever they say, reading ends with a configuration or an error, never a trap.
struct ConfigurationFuzzTests {
  @Test("Every prefix of a configuration is read or refused", arguments: shippedConfigurations)
  func prefixes(file: String) throws {
    let bytes = Array(try Data(contentsOf: configurationFolder.appendingPathComponent(file)))

    for count in 0...bytes.count {
      expectAnswer(Array(bytes.prefix(count)))
    }
  }

  @Test("Any byte of a resolved configuration may be replaced")
  func replacedBytes() throws {
    let bytes = Array(try configuration("{}").resolvedYAML.utf8)

    let replacements = Array("\0\n\t\"'&*!|>%@`{}[],:#?-/0\u{7F}".utf8) + [0x80, 0xC3, 0xFF]
    for index in bytes.indices {
      for offset in stride(from: index % 5, to: replacements.count, by: 5) {
        var damaged = bytes
        damaged[index] = replacements[offset]
        expectAnswer(damaged)
      }
    }
  }

  @Test("Every line of a resolved configuration may be missing or doubled")
  func lines() throws {
    let lines = try configuration("training: {steps: 3}").resolvedYAML.split(separator: "\n")

    for index in lines.indices {
      var missing = lines
      missing.remove(at: index)
      expectAnswer(Array(missing.joined(separator: "\n").utf8))
      var doubled = lines
      doubled.insert(lines[index], at: index)
      expectAnswer(Array(doubled.joined(separator: "\n").utf8))
    }
  }

  /// Reads the bytes; an error has to name the file in every line, and a value to survive being written.
  private func expectAnswer(_ bytes: [UInt8]) {
    do {
      let run = try ExperimentConfiguration(yaml: bytes, source: "fuzz.yaml")
      let again = try ExperimentConfiguration(yaml: Array(run.resolvedYAML.utf8), source: "fuzz.yaml")
      #expect(again == run, "\(String(decoding: bytes, as: UTF8.self))")
    } catch {
      #expect(error.problems.allSatisfy { $0.description.hasPrefix("fuzz.yaml") })
      #expect(!error.description.contains("\0"))
    }
  }
}
