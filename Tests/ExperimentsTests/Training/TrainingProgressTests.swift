import DataParallel
import Experiments
import Reports
import Testing
import Training

@Suite("How far a training run is")
struct TrainingProgressTests {
  /// A step of 32 samples in two seconds: half of it attack, a quarter gradient, an eighth each reduction and waiting.
  private func outcome(loss: Double = 16, correct: Int = 24) -> StepOutcome {
    var outcome = StepOutcome(batch: BatchOutcome(loss: loss, correct: correct, samples: 32))
    outcome.attackSeconds = 1
    outcome.computeSeconds = 1.5
    outcome.reduceSeconds = 0.5
    outcome.waitSeconds = 0.25
    return outcome
  }

  private func position(_ step: Int) -> TrainingPosition {
    TrainingPosition(step: step, stepsPerEpoch: 10, epochs: 4)
  }

  private let validation = EvaluationMetrics(
    step: 10, split: "validation", attack: "pgd-20", clean: AccuracyCount(correct: 97, total: 100),
    robust: AccuracyCount(correct: 88, total: 100), seconds: 7)

  @Test("The line has epoch, step, loss, accuracies, speed, the time left and the shares of phases")
  func words() {
    var progress = TrainingProgress(everyEpochs: 2)
    progress.add(outcome(), seconds: 2, at: position(11))
    #expect(
      progress.words
        == "epoch 2/4  step 11/40  loss 0.5000  training 75.0 %  16 samples/s  about 58 s left  "
        + "(attack 50 %, gradient 25 %, reduction 13 %, waiting 13 %)")

    progress.add(validation)
    #expect(progress.words.contains("training 75.0 %  clean 97.0 %  robust 88.0 %  16 samples/s"))
  }

  @Test("The last step of an epoch belongs to it")
  func lastStep() {
    var progress = TrainingProgress(everyEpochs: 0)
    progress.add(outcome(), seconds: 2, at: position(10))
    #expect(progress.words.hasPrefix("epoch 1/4  step 10/40"))
  }

  @Test("The time left has the steps, and the validations that are to come")
  func secondsLeft() throws {
    var progress = TrainingProgress(everyEpochs: 2)
    #expect(progress.secondsLeft == nil)
    for step in 1...20 { progress.add(outcome(), seconds: 2, at: position(step)) }
    #expect(try #require(progress.secondsLeft) == 40)
    // After the second epoch there is one more, behind the fourth.
    progress.add(validation)
    #expect(try #require(progress.secondsLeft) == 47)
    for step in 21...40 { progress.add(outcome(), seconds: 2, at: position(step)) }
    #expect(try #require(progress.secondsLeft) == 0)
  }

  @Test("Speed and accuracy are those of the epoch, time and validations those of the run")
  func epochs() throws {
    var progress = TrainingProgress(everyEpochs: 1)
    progress.add(outcome(correct: 0), seconds: 4, at: position(10))
    progress.beginEpoch()
    progress.add(outcome(), seconds: 2, at: position(11))
    #expect(progress.words.contains("training 75.0 %"))
    #expect(try #require(progress.samplesPerSecond) == 16)
    // Three seconds a step on average.
    #expect(try #require(progress.secondsLeft) == 87)
  }
}

@Suite("Whether a line can be replaced")
struct StatusLineTests {
  @Test(
    "Terminals that somebody looks at, unless told otherwise",
    arguments: [
      (true, [:], true), (false, [:], false), (true, ["TERM": "dumb"], false),
      (true, ["SLURM_JOB_ID": "7"], false), (true, ["PBS_JOBID": "7.server"], false),
      (true, ["HOLDFAST_PROGRESS": "lines"], false), (false, ["HOLDFAST_PROGRESS": "terminal"], true),
      (true, ["SLURM_JOB_ID": "7", "HOLDFAST_PROGRESS": "terminal"], true),
    ] as [(Bool, [String: String], Bool)])
  func interactive(isTerminal: Bool, environment: [String: String], expected: Bool) {
    #expect(StatusLine.isInteractive(isTerminal: isTerminal, environment) == expected)
  }
}
