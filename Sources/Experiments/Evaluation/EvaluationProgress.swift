import Attacks
import Checkpoints
import DataParallel
import Datasets
import Evaluation
import Foundation
import MessagePassing
import Networks
import Reports
import Synchronization
import Tensors
import Training

/// Follows one attack: keeps what is decided, asks whether to stop, and on rank 0 says how far it is.
final class EvaluationProgress: EvaluationObserver, Sendable {
  private struct State {
    var cascade: AttackCascade?
    var chunk = 0..<0
    /// This rank's micro-batches of the chunk: all, and those done.
    var microbatches = (all: 0, done: 0)
    /// Samples times forward passes that are done, and the seconds they took, of the current stage and of all.
    var stageWork = Work()
    var allWork = Work()
    var stage = 0
    var chunkStart = ContinuousClock.now
    var spoken = ContinuousClock.now
  }

  private struct Work {
    var passes = 0.0
    var seconds = 0.0
  }

  private let name: String
  private let number: Int
  private let isKept: Bool
  /// Nil on all ranks but 0.
  private let journal: EvaluationJournal?
  private let console: Console
  private let state = Mutex(State())

  /// Prepares to follow an attack.
  init(_ attack: any Attack, number: Int, of count: Int, console: Console, folder: EvaluationFolder?) {
    name =
      "\(attack.name) at \(attack.threat.norm.rawValue) \(attack.threat.epsilon)"
      + (count > 1 ? " (\(number + 1) of \(count))" : "")
    self.number = number
    isKept = folder != nil
    journal = folder?.journal
    self.console = console
  }

  /// Where nothing is kept there is nothing to go on from.
  var isAskedToStop: Bool { isKept && StopRequest.isRaisedHere }

  func willAttack(_ chunk: Range<Int>, microbatches: Int, in cascade: AttackCascade) {
    state.withLock { state in
      if let stage = cascade.current?.stage, stage != state.stage {
        state.stage = stage
        state.stageWork = Work()
      }
      state.cascade = cascade
      state.chunk = chunk
      state.microbatches = (microbatches, 0)
      state.chunkStart = .now
    }
  }

  func didFinishMicrobatch() {
    guard console.isSpeaker else { return }
    let text = state.withLock { state -> String? in
      state.microbatches.done += 1
      guard ContinuousClock.now - state.spoken >= console.progressInterval else { return nil }
      state.spoken = .now
      return words(state)
    }
    if let text { console.show(text) }
  }

  func didDecide(_ chunk: AttackChunk, in cascade: AttackCascade) throws {
    try journal?.append(chunk, ofAttack: number)
    state.withLock { state in
      let passes = Double(chunk.to - chunk.from) * Double(cascade.members[chunk.stage].forwardPasses)
      state.stageWork.passes += passes
      state.stageWork.seconds += chunk.seconds
      state.allWork.passes += passes
      state.allWork.seconds += chunk.seconds
      state.microbatches = (0, 0)
      state.chunk = chunk.to..<chunk.to
    }
    let isStageEnd = cascade.current?.stage != chunk.stage
    guard isStageEnd else { return }
    console.clearStatus()
    guard cascade.members.count > 1 else { return }
    let stage = cascade.stages[chunk.stage]
    console.note(
      "\(name): \(stage.correct) of \(cascade.clean.total) withstand \(stage.attack.name) and what came before, "
        + "\(fixed(stage.seconds, 1)) s")
  }

  /// Leaves the terminal's line empty.
  func finish() { console.clearStatus() }

  // MARK: Words

  private func words(_ state: State) -> String? {
    guard let cascade = state.cascade, let run = cascade.current else { return nil }
    let member = cascade.members[run.stage]
    let share =
      state.microbatches.all == 0 ? 0 : Double(state.microbatches.done) / Double(state.microbatches.all)
    let met = Double(state.chunk.lowerBound) + share * Double(state.chunk.count)
    var parts = [name]
    if cascade.members.count > 1 { parts.append(member.name) }
    if member.restarts > 1 { parts.append("run \(run.restart + 1) of \(member.restarts)") }
    parts.append("\(Int(met)) of \(cascade.survivors.count) samples")
    let robust = 100 * Double(cascade.robust) / Double(cascade.clean.total)
    parts.append("robust so far \(fixed(robust, 2)) %")
    if let left = secondsLeft(state, cascade, run, share: share) {
      parts.append("about \(Self.time(left)) left")
    }
    return parts.joined(separator: ", ")
  }

  /// The time that is left if no further sample falls, from the time that forward passes took so far.
  private func secondsLeft(
    _ state: State, _ cascade: AttackCascade, _ run: AttackCascade.Run, share: Double
  ) -> Double? {
    let elapsed = (ContinuousClock.now - state.chunkStart).inSeconds
    let passes = Double(cascade.members[run.stage].forwardPasses)
    let under = share * Double(state.chunk.count) * passes
    let stage = Work(passes: state.stageWork.passes + under, seconds: state.stageWork.seconds + elapsed)
    let all = Work(passes: state.allWork.passes + under, seconds: state.allWork.seconds + elapsed)
    guard stage.passes > 0, all.passes > 0 else { return nil }
    let survivors = Double(cascade.robust)
    let rest = Double(cascade.survivors.count - state.chunk.lowerBound) - share * Double(state.chunk.count)
    var own = max(rest, 0) * passes
    var later = 0.0
    for coming in cascade.comingRuns {
      let work = survivors * Double(cascade.members[coming.stage].forwardPasses)
      if coming.stage == run.stage { own += work } else { later += work }
    }
    return own * stage.seconds / stage.passes + later * all.seconds / all.passes
  }

  /// A time in words, no more exact than it is.
  static func time(_ seconds: Double) -> String {
    if seconds < 90 { return "\(Int(seconds.rounded(.up))) s" }
    let minutes = Int((seconds / 60).rounded())
    return minutes < 90 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
