import Experiments
import Testing

/// What is wrong with the words of a file: keys, types, ranges, YAML itself.
struct ConfigurationProblemTests {
  @Test("An unknown key names its line and the nearest key")
  func unknownKey() throws {
    #expect(
      try problems("name: a\ntraining:\n  method: pgd\n  step: 7\n")
        == ["test.yaml:4: unknown key training.step; did you mean training.steps?"])
    #expect(try problems("epoch: 3") == ["test.yaml:1: unknown key epoch; did you mean epochs?"])
    #expect(
      try problems("evaluation: {final: [fgsm, {name: pgd, restart: 2}]}")
        == [
          "test.yaml:1: unknown key evaluation.final[1].restart; did you mean evaluation.final[1].restarts?"
        ])
  }

  @Test("A key in the wrong section is sent to the right one, a strange one gets the list")
  func misplacedKey() throws {
    #expect(try problems("peak: 1") == ["test.yaml:1: unknown key peak; did you mean schedule.peak?"])
    #expect(
      try problems("batch: {banana: 1}")
        == ["test.yaml:1: unknown key batch.banana; the keys here are size, microbatch"])
    #expect(try problems("batch: {\"a\\tb\": 1}")[0].hasPrefix("test.yaml:1: unknown key \"batch.a\\tb\"; "))
  }

  @Test(
    "A value of the wrong type or out of range says what is expected",
    arguments: [
      ("epochs: ten", "epochs has to be a whole number from 1 to 1000000, not \"ten\""),
      ("epochs: 1.5", "epochs has to be a whole number from 1 to 1000000, not \"1.5\""),
      ("epochs: 0", "epochs has to be a whole number from 1 to 1000000, not \"0\""),
      ("epochs: [1]", "epochs has to be a whole number from 1 to 1000000, not a list"),
      ("epochs:", "epochs has no value; give it a whole number from 1 to 1000000 or remove the key"),
      ("seed: -1", "seed has to be a whole number from 0 to 18446744073709551615, not \"-1\""),
      ("data: mnist", "data has to be a section of key: value, not \"mnist\""),
      ("data: [mnist]", "data has to be a section of key: value, not a list"),
      ("data:", "data has no value; give it a section or remove the key"),
      ("data: {path: ''}", "data.path has to be a folder, not \"\""),
      (
        "data: {classes: 3}",
        "data.classes has to be a list of whole numbers from 0 to 255, such as [1, 2], not \"3\""
      ),
      (
        "data: {classes: [3]}",
        "data.classes has to be a list of whole numbers from 0 to 255 with 2 to 256 entries, not 1"
      ),
      (
        "data: {classes: [3, x]}",
        "data.classes has to be a whole number from 0 to 255, not \"x\" (entry 2 of the list)"
      ),
      (
        "threat: {epsilon: .nan}",
        "threat.epsilon has to be a finite number such as 0.3, 5e-3 or 8/255, not \".nan\""
      ),
      (
        "threat: {epsilon: 1e999}",
        "threat.epsilon has to be a finite number such as 0.3, 5e-3 or 8/255, not \"1e999\""
      ),
      (
        "threat: {epsilon: 8/0}",
        "threat.epsilon has to be a finite number such as 0.3, 5e-3 or 8/255, not \"8/0\""
      ),
      ("threat: {epsilon: -0.1}", "threat.epsilon has to be at least 0, not -0.1"),
      ("schedule: {peak: 0}", "schedule.peak has to be above 0, not 0"),
      ("schedule: {peakAt: 1}", "schedule.peakAt has to be above 0 and below 1, not 1"),
      ("threat: {box: yes}", "threat.box has to be true or false, not \"yes\""),
      (
        "name: a/b",
        "name has to be a folder's name of letters, digits, dots, hyphens and underscores, not \"a/b\""
      ),
      (
        "name: ..",
        "name has to be a folder's name of letters, digits, dots, hyphens and underscores, not \"..\""
      ),
      (
        "threat: {norm: l3}", "threat.norm has to be one of linf, l2, l1, not \"l3\"; did you mean l2?"
      ),
      (
        "optimizer: {name: sdg}",
        "optimizer.name has to be one of sgd, adam, adamw, not \"sdg\"; did you mean sgd?"
      ),
      (
        "evaluation: {final: [deepfool]}",
        "evaluation.final[0].name has to be one of none, fgsm, fgsm-rs, pgd, apgd-ce, apgd-dlr, apgd-t, noise, fab, "
          + "fab-t, square, exact, autoattack, not \"deepfool\""
      ),
      (
        "evaluation: {final: pgd}",
        "evaluation.final has to be a list of attacks such as [fgsm, pgd], not \"pgd\""
      ),
    ])
  func wrongValues(yaml: String, expected: String) throws {
    #expect(try problems(yaml) == ["test.yaml:1: \(expected)"])
  }

  @Test("Several problems are reported together, in the order of the file")
  func together() throws {
    let yaml = """
      epochs: many
      checkpoint: {keep: 0}
      training:
        stepsize: 0.1
        method: pdg
      """

    let lines = try problems(yaml, "batch.size=none", "seeds=3")

    #expect(
      lines == [
        "test.yaml:1: epochs has to be a whole number from 1 to 1000000, not \"many\"",
        "test.yaml:2: checkpoint.keep has to be a whole number from 1 to 1000000, not \"0\"",
        "test.yaml:4: unknown key training.stepsize; did you mean training.stepSize?",
        "test.yaml:5: training.method has to be one of standard, fgsm, fgsm-rs, pgd, free, trades, mart, noise, exact, ibp, "
          + "crown-ibp, soft-margin-svm, not \"pdg\"; did you mean pgd?",
        "command line: batch.size has to be a whole number from 1 to 1000000, not \"none\"",
        "command line: unknown key seeds; did you mean seed?",
      ])
  }

  @Test("A key given twice is an error with its line", arguments: ["epochs: 1\nseed: 2\nepochs: 3\n"])
  func duplicateKeys(yaml: String) throws {
    #expect(try problems(yaml) == ["test.yaml:1: the key \"epochs\" is given twice in one section"])
    #expect(
      try problems("a: 1\n\"a\": 2").first?.contains("the key \"a\" is given twice") == true)
  }

  @Test("Text that is not YAML is an error with its line")
  func syntax() throws {
    #expect(
      try problems("name: a\ndata: {name: mnist\nepochs: 3\n")[0].hasPrefix("test.yaml:3: this is not YAML: ")
    )
    #expect(try problems("name: a\n\tdata: 1\n")[0].hasPrefix("test.yaml:2: this is not YAML: "))
    #expect(try problems("name: a\n---\nname: b\n")[0].hasPrefix("test.yaml:2: this is not YAML: "))
    #expect(
      try problems("- a\n- b") == ["test.yaml: a configuration has to be a section of key: value, not a list"]
    )
    #expect(try problems("? [a, b]\n: 1") == ["test.yaml:1: a key has to be a plain word"])
  }

  @Test("An empty file is no configuration", arguments: ["", "\n\n", "# only a comment\n", "---\n", "~"])
  func empty(yaml: String) throws {
    #expect(
      try problems(yaml) == ["test.yaml: the file is empty; write {} if every setting is to have its default"]
    )
  }

  @Test("Bytes that are not UTF-8 are an error with their line")
  func encoding() throws {
    let bytes = Array("name: a\nseed: 1\n# ".utf8) + [0xFF, 0xFE, 0x0A]

    #expect(try problems(bytes: bytes) == ["test.yaml:3: the file is not UTF-8 text; save it as UTF-8"])
    #expect(try problems("name: \u{7}")[0].hasPrefix("test.yaml:1: this is not text: "))
  }

  @Test("Anchors, aliases, tags, deep nesting and large files are refused")
  func limits() throws {
    #expect(
      try problems("data: &d {name: mnist}")
        == ["test.yaml:1: anchors (&) and aliases (*) are not supported; write the value out"])
    #expect(try problems("a: &x 1\nb: *x")[0].contains("anchors (&)"))
    #expect(try problems("seed: !!int 3")[0].contains("tags such as tag:yaml.org,2002:int are not supported"))
    #expect(
      try problems("a: " + String(repeating: "[", count: 30) + String(repeating: "]", count: 30))[0].contains(
        "nested"))
    #expect(try problems(String(repeating: "[", count: 60_000))[0].hasPrefix("test.yaml:1: "))
    #expect(try problems(String(repeating: "- ", count: 30_000))[0].hasPrefix("test.yaml:1: "))
    #expect(try problems(String(repeating: "# 34567\n", count: 10_000))[0].contains("80000 bytes"))
  }

  @Test("A bomb of aliases is defused", arguments: ["- *z", "? *z\n: 1"])
  func bomb(use: String) throws {
    var yaml = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for (previous, next) in zip("abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz") {
      let references = Array(repeating: "*\(previous)", count: 9).joined(separator: ", ")
      yaml += "\(next): &\(next) [\(references)]\n"
    }

    #expect(try problems(yaml + use)[0].contains("aliases (*) are not supported"))
  }

  @Test("A missing file, a folder and an unreadable path differ from a wrong file")
  func files() throws {
    let missing = try #require(
      #expect(throws: ConfigurationError.self) { try ExperimentConfiguration(file: "/no/such/file.yaml") })
    let folder = try #require(
      #expect(throws: ConfigurationError.self) { try ExperimentConfiguration(file: "/tmp") })

    #expect(missing.kind == .missingFile)
    #expect(missing.description == "/no/such/file.yaml: there is no such file")
    #expect(folder.kind == .missingFile)
    #expect(folder.description == "/tmp: this is a folder; name the configuration file in it")
    #expect(
      throws: ConfigurationError.self, "an endless file is cut off",
      performing: { try ExperimentConfiguration(file: "/dev/zero") })
  }
}
