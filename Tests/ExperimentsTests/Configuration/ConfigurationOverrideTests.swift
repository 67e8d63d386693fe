import Experiments
import Testing

struct ConfigurationOverrideTests {
  @Test("The command line wins over the file, the file over the defaults")
  func precedence() throws {
    let yaml = "epochs: 3\ntraining: {steps: 5}"

    let run = try configuration(yaml, "training.steps=7", "seed=9")

    #expect(run.epochs == 3)
    #expect(run.training.steps == 7)
    #expect(run.seed == 9)
    #expect(run.batch.size == 128)
  }

  @Test("Values are YAML: fractions, lists and sections, of which the last replace what the file says")
  func values() throws {
    let yaml = "training: {method: pgd, steps: 5}"

    #expect(try configuration("{}", "threat.epsilon=8/255").threat.epsilon == 8.0 / 255)
    #expect(try configuration("{}", "data.classes=[3,8]").data.classes == [3, 8])
    #expect(try configuration("{}", "data.path=/a b=c").data.path == "/a b=c")
    #expect(try configuration(yaml, "training={method: fgsm}").training.method == .fgsm)
    #expect(
      try configuration("{}", "evaluation.final=[fgsm, {name: pgd, steps: 3}]").evaluation.final[1].steps == 3
    )
  }

  @Test("Of two settings of one key the later wins")
  func repetition() throws {
    #expect(try configuration("{}", "epochs=3", "epochs=4").epochs == 4)
  }

  @Test("A key can be set inside an attack that the file names only")
  func shorthand() throws {
    let run = try configuration("evaluation: {attack: pgd}", "evaluation.attack.steps=50")

    #expect(run.evaluation.attack.name == .pgd)
    #expect(run.evaluation.attack.steps == 50)
  }

  @Test("A key of the file that an override makes useless comes with the way out")
  func uselessKey() throws {
    #expect(
      try problems("training:\n  steps: 5", "training.method=fgsm")
        == [
          "test.yaml:2: training.steps does nothing with method fgsm; to drop what the file says replace the "
            + "section: training={method: fgsm}"
        ])
  }

  @Test(
    "What is wrong with an override is said of the command line",
    arguments: [
      ("steps", "\"steps\" is no setting; write key=value, such as training.steps=7"),
      ("=7", "\"=7\" does not start with a key; a key is words joined by dots, such as training.steps"),
      (
        "a..b=7",
        "\"a..b=7\" does not start with a key; a key is words joined by dots, such as training.steps"
      ),
      ("epochs=", "\"epochs=\" has no value after the ="),
      ("epochs=~", "\"epochs=~\" has no value after the ="),
      ("training.step=7", "unknown key training.step; did you mean training.steps?"),
      ("epochs=0", "epochs has to be a whole number from 1 to 1000000, not \"0\""),
      ("name.first=a", "name.first cannot be set: name is \"x\" and no section (test.yaml:1)"),
      ("training.penalty=3", "training.penalty does nothing with method pgd"),
      ("batch.microbatch=129", "batch.microbatch is 129, more than the 128 samples of batch.size"),
    ])
  func problem(override: String, expected: String) throws {
    #expect(try problems("name: x", override) == ["command line: \(expected)"])
  }

  @Test("A value that is no YAML, and several wrong settings at once")
  func unreadable() throws {
    let lines = try problems("{}", "data.classes=[3", "x")

    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("command line: \"data.classes=[3\" has a value that cannot be read: "))
    #expect(lines[1].hasPrefix("command line: \"x\" is no setting"))
  }
}
