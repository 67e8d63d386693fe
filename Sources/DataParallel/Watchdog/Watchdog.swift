import Foundation
public import MessagePassing
import Synchronization

/// A thread in every rank that ends the process when nothing moves any more.
///
/// MPI waits for ever for a rank that is frozen, for a host that vanished, for a file system that does not answer.
/// The watchdog turns every such wait into an exit, and the launcher turns the exit into the end of the job. It says
/// which phase its rank is in, and which ranks are behind or do not respond: of its own host, and of the others as
/// far as these tell (`OtherHosts`).
public final class Watchdog: Sendable {
  /// The exit code of a process that its watchdog ended.
  public static let exitCode: Int32 = 76

  /// The columns of the board.
  enum Column: Int, CaseIterable {
    case stage, phase, step, beats, ticks
  }

  private struct State {
    var kind = WatchdogLimits.Kind.startUp
    /// Counts everything that is progress under the current limit.
    var progress = 0
    var median = StepMedian()
    var hasFinishedFirst = false
    var evaluationStart = ContinuousClock.now
    /// The limit while results of an evaluation are collected.
    var gatheringLimit: Double?
  }

  let limits: WatchdogLimits
  let board: HostBoard
  let rank: Int
  let size: Int
  let host: String
  private let state = Mutex(State())

  /// Starts to watch this rank; all ranks call.
  ///
  /// - Returns: Nil where `limits` switches the watchdog off.
  /// - Throws: `MPIError`.
  public init?(_ limits: WatchdogLimits, on communicator: Communicator) throws(MPIError) {
    guard limits.step > 0 else { return nil }
    self.limits = limits
    board = try HostBoard(columns: Column.allCases.count, on: communicator)
    rank = communicator.rank
    size = communicator.size
    host = communicator.hostName
    let others = try OtherHosts(board, on: communicator)
    let thread = Thread { [self] in watch(others) }
    thread.name = "holdfast-watchdog"
    thread.start()
  }

  // MARK: What ranks report

  /// Says what this rank does from now on; all ranks enter the same phases in the same order.
  public func enter(_ phase: WatchdogPhase) {
    board.show(phase.rawValue, in: Column.phase.rawValue)
    board.add(1, in: Column.stage.rawValue)
    state.withLock { state in
      switch phase {
      case .startUp: state.kind = .startUp
      case .attack, .reduction, .update, .betweenSteps, .comparison:
        // No progress inside a step. The first, and one behind a checkpoint, keep the longer limit: they may have to
        // wait for another rank's files.
        guard state.kind == .evaluation || state.kind == .gathering else { return }
        state.kind = .step
      case .saving: state.kind = .saving
      case .evaluation:
        state.kind = .evaluation
        state.evaluationStart = .now
      case .gathering: state.kind = .gathering
      case .ending: state.kind = .step
      }
      state.progress += 1
    }
  }

  /// Says which step is under way, counted from 1.
  public func begin(step: Int) {
    board.show(step, in: Column.step.rawValue)
  }

  /// A step is done, which took so long.
  public func didFinishStep(seconds: Double) {
    state.withLock { state in
      state.median.append(seconds)
      state.hasFinishedFirst = true
      state.kind = .step
      state.progress += 1
    }
  }

  /// A micro-batch of an evaluation is done; called on any thread.
  public func didFinishMicrobatch() {
    board.add(1, in: Column.beats.rawValue)
    state.withLock { state in
      state.hasFinishedFirst = true
      state.progress += 1
    }
  }

  /// This rank has measured its share of an evaluation, and waits for the others.
  ///
  /// - Parameter isSpread: Whether all ranks have about equal shares. Ranks of other hosts cannot be seen working; an
  ///   equal share may take them ten times as long as this rank, and for one that has all the work there is no limit.
  public func enterGathering(isSpread: Bool) {
    state.withLock { state in
      let own = (ContinuousClock.now - state.evaluationStart).inSeconds
      let seesAll = board.ranks.count == size
      state.gatheringLimit =
        limits.evaluation == 0 || (!seesAll && !isSpread)
        ? nil : max(limits.evaluation, seesAll ? 0 : 10 * own)
    }
    enter(.gathering)
  }

  // MARK: What is watched

  private func limit(_ state: State) -> Double? {
    func set(_ seconds: Double) -> Double? { seconds > 0 ? seconds : nil }
    switch state.kind {
    case .startUp: return set(limits.startUp)
    case .step: return max(limits.step, 10 * (state.median.value ?? 0))
    case .saving:
      guard let saving = set(limits.saving) else { return nil }
      let step = max(saving, limits.step, 10 * (state.median.value ?? 0))
      return state.hasFinishedFirst ? step : set(limits.startUp).map { max(step, $0) }
    case .evaluation:
      guard let evaluation = set(limits.evaluation) else { return nil }
      return state.hasFinishedFirst ? evaluation : set(limits.startUp).map { max(evaluation, $0) }
    case .gathering: return state.gatheringLimit
    }
  }

  private func watch(_ others: OtherHosts?) {
    var others = others
    let tick = min(1, max(0.05, limits.step / 20))
    var idle = 0.0
    var seen = (progress: -1, beats: -1)
    var silence = RankSilence(board)
    let clock = ContinuousClock()
    var last = clock.now
    // From where on a rank counts as one that does not respond.
    let silenceLimit = min(max(2, 4 * tick), 0.5 * limits.step)
    while true {
      Thread.sleep(forTimeInterval: tick)
      let now = clock.now
      // A pause of the whole process, by a debugger or a scheduler, counts as no more than a tick or two.
      let elapsed = min((now - last).inSeconds, 2 * tick)
      last = now
      board.add(1, in: Column.ticks.rawValue)
      silence.look(after: elapsed)
      let silent = silence.isLonger(than: silenceLimit)
      others?.receive(after: elapsed)
      if isSpeaker(silent) { others?.send(reports(silent)) }

      let (progress, kind, limit) = state.withLock { ($0.progress, $0.kind, self.limit($0)) }
      // Who waits for the results of others waits as long as any of them gets on.
      let beats =
        kind == .gathering
        ? board.ranks.indices.reduce(0) { $0 + board.read(Column.beats.rawValue, at: $1) } : 0
      idle = seen == (progress, beats) ? idle + elapsed : 0
      seen = (progress, beats)
      guard let limit else { continue }
      // A rank that is frozen ends the job at once, not only when the others have nothing left to do; one that is done
      // may have gone.
      let isAbandoned = zip(silence.isLonger(than: limit), board.ranks.indices).contains { isSilent, place in
        isSilent && board.read(Column.phase.rawValue, at: place) != WatchdogPhase.ending.rawValue
      }
      if idle > limit || isAbandoned {
        let fault = idle > limit ? Self.lack(of: kind) : "a rank did not respond"
        let patience = min(silenceLimit, 0.5 * limit)
        let finding = Finding(
          limit: limit, kind: kind, fault: fault, silent: silence.isLonger(than: patience),
          silenceLimit: patience)
        bark(finding, others)
      }
    }
  }
}
