/// How large the squares of the Square attack are as its queries go on.
///
/// The share of the image that one changes, p, begins at 0.8 and is halved again and again, as in Andriushchenko et al.
/// 2020, but not rescaled by the number of queries.
package struct SquareSchedule {
  /// The share of the image that the first squares change.
  static let initialShare = 0.8
  /// The last query of each share, each of which is half of the one before.
  private static let lastQueries = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000]

  private let height: Int
  private let width: Int
  /// Whether squares have a centre and are at least 3 wide, as the patterns for l2 and l1 need.
  private let isCentred: Bool

  /// Creates the schedule for images of so many rows and columns.
  package init(height: Int, width: Int, centred: Bool) {
    self.height = height
    self.width = width
    isCentred = centred
  }

  /// The side of the square of query number `query`, the first of them 0.
  package func side(query: Int) -> Int {
    let halvings = Self.lastQueries.prefix { query > $0 }.count
    let area = Self.initialShare / Double(1 << halvings) * Double(height * width)
    var side = max(Int(area.squareRoot().rounded(.toNearestOrEven)), isCentred ? 3 : 1)
    if isCentred && side % 2 == 0 { side += 1 }
    return min(side, height, width)
  }
}
