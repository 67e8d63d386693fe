import MessagePassing

/// How long the ranks of this host have shown no sign of life: each watchdog counts up on the board.
struct RankSilence {
  private let board: HostBoard
  private var ticks: [Int]
  /// By place, the seconds since the count last changed.
  private var seconds: [Double]

  /// Begins with all ranks alive.
  init(_ board: HostBoard) {
    self.board = board
    ticks = board.ranks.map { _ in 0 }
    seconds = board.ranks.map { _ in 0 }
  }

  /// Looks at the counts again, so many seconds after the last time.
  mutating func look(after elapsed: Double) {
    for place in board.ranks.indices {
      let current = board.read(Watchdog.Column.ticks.rawValue, at: place)
      seconds[place] = current == ticks[place] ? seconds[place] + elapsed : 0
      ticks[place] = current
    }
  }

  /// By place, whether a rank has been silent for longer than so many seconds.
  func isLonger(than limit: Double) -> [Bool] {
    seconds.map { $0 > limit }
  }
}
