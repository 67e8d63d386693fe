import Attacks
import Checkpoints
import Testing
import Training

@Suite("What guards decide")
struct GuardStateTests {
  private func guards(_ change: (inout TrainingGuards) -> Void) -> TrainingGuards {
    var guards = TrainingGuards()
    change(&guards)
    return guards
  }

  @Test("The gap is the share of samples that one step leaves right and many do not")
  func gap() {
    #expect(OverfittingProbe(singleStep: 90, multiStep: 40, total: 100).gap == 0.5)
    #expect(OverfittingProbe(singleStep: 0, multiStep: 0, total: 100).gap == 0)
  }

  @Test("A smaller step shrinks with every return, until there were too many")
  func smallerStep() {
    let overfitting = TrainingGuards.CatastrophicOverfitting(
      remedy: .smallerStep(factor: 0.5), probesPerEpoch: 4, gap: 0.2, limit: 2)
    var state = GuardState()
    state.rollBack(overfitting)
    #expect((state.stepSizeFactor, state.stepsFactor, state.hasEnded) == (0.5, 1, false))
    state.rollBack(overfitting)
    #expect((state.stepSizeFactor, state.rollbacks, state.hasEnded) == (0.25, 2, false))
    state.rollBack(overfitting)
    #expect(state.hasEnded)
    #expect(state.stepSizeFactor == 0.25)
  }

  @Test("More steps are twice as many; stopping ends training at once")
  func otherRemedies() {
    var state = GuardState()
    state.rollBack(.init(remedy: .moreSteps, probesPerEpoch: 1, gap: 0.2, limit: 5))
    #expect((state.stepSizeFactor, state.stepsFactor) == (1, 2))
    let adjustment = state.adjustment(epsilonFactor: 1)
    #expect(adjustment.apply(toStepSize: 0.25) == 0.25)
    #expect(state.adjustment(epsilonFactor: 0.5).apply(toStepSize: 0.25) == 0.125)

    state.rollBack(.init(remedy: .stop, probesPerEpoch: 1, gap: 0.2, limit: 5))
    #expect(state.hasEnded)
  }

  @Test("Patience counts validations in a row without a better one")
  func patience() {
    var state = GuardState()
    for isBest in [true, false, false, true, false, false] {
      state.validate(isBest: isBest, patience: 3)
      #expect(!state.hasEnded)
    }
    state.validate(isBest: false, patience: 3)
    #expect(state.hasEnded)

    var endless = GuardState()
    for _ in 0..<100 { endless.validate(isBest: false, patience: nil) }
    #expect(!endless.hasEnded)
  }

  @Test("So many steps in a row are skipped, and taken ones start the count anew")
  func skipping() {
    let guards = guards {
      $0.nonFinite = .skip
      $0.skipLimit = 2
    }
    var state = GuardState()
    var answers = [
      state.skips(.nonFiniteLoss, guards), state.skips(.nonFiniteGradient, guards),
      state.skips(.nonFiniteLoss, guards),
    ]
    #expect(answers == [true, true, false])
    state.accept(loss: 1)
    answers = [state.skips(.nonFiniteLoss, guards)]
    #expect(answers == [true])
    #expect(state.skippedInARow == 1)
    // What is to stop the run is never skipped.
    var strict = GuardState()
    answers = [
      state.skips(.lossSpike(limit: 1), guards), strict.skips(.nonFiniteLoss, TrainingGuards()),
    ]
    #expect(answers == [false, false])
  }

  @Test("A spike is a multiple of the running mean, once there is one")
  func spikes() {
    let guards = guards { $0.lossSpike = .init(factor: 4, reaction: .skip) }
    var state = GuardState()
    for _ in 0..<19 { state.accept(loss: 0.5) }
    #expect(state.lossLimit(guards) == nil)
    state.accept(loss: 0.5)
    let limit = state.lossLimit(guards)
    #expect(limit.map { abs($0 - 2) < 1e-12 } == true)
    state.accept(loss: 1.5)
    #expect(abs(state.meanLoss - 0.55) < 1e-12)
    #expect(state.lossLimit(TrainingGuards()) == nil)
    // Those of other weights say nothing of the ones that are gone back to.
    state.rollBack(.init(remedy: .moreSteps, probesPerEpoch: 1, gap: 0.2, limit: 5))
    #expect(state.lossLimit(guards) == nil)
  }

  @Test("The state survives a checkpoint bit by bit")
  func coding() throws {
    var state = GuardState()
    state.rollBack(.init(remedy: .smallerStep(factor: 0.7), probesPerEpoch: 1, gap: 0.2, limit: 5))
    for i in 0..<30 { state.accept(loss: 1 / Double(i + 3)) }

    let again = try JSONValue(encoding: state).decode(as: GuardState.self)

    #expect(again == state)
    #expect(again.meanLoss.bitPattern == state.meanLoss.bitPattern)
  }
}
