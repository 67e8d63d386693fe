/// Finds the name that was probably meant by one that does not exist.
public enum NearestKey {
  /// The Damerau-Levenshtein distance of two strings, in its restricted form.
  ///
  /// The number of insertions, deletions, substitutions and swaps of neighbours that turn one string into the
  /// other, no part being edited twice (Boytsov 2011, "optimal string alignment").
  ///
  /// - Complexity: O(`first.count` * `second.count`) time.
  public static func distance(_ first: String, _ second: String) -> Int {
    let first = Array(first)
    let second = Array(second)
    guard !first.isEmpty, !second.isEmpty else { return max(first.count, second.count) }

    var beforePrevious = [Int](repeating: 0, count: second.count + 1)
    var previous = Array(0...second.count)
    for i in 1...first.count {
      var current = [i] + [Int](repeating: 0, count: second.count)
      for j in 1...second.count {
        let substitution = previous[j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1)
        current[j] = min(substitution, previous[j] + 1, current[j - 1] + 1)
        if i > 1, j > 1, first[i - 1] == second[j - 2], first[i - 2] == second[j - 1] {
          current[j] = min(current[j], beforePrevious[j - 2] + 1)
        }
      }
      beforePrevious = previous
      previous = current
    }
    return previous[second.count]
  }

  /// The candidate nearest to `name`, or nil if none is near enough to be a likely slip.
  ///
  /// Case, hyphens and underscores do not count, so `step_size` finds `stepSize`. About one slip in three
  /// characters is allowed. Of several equally near candidates the first wins.
  public static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    let wanted = skeleton(name)
    // Nothing sensible is that long, and the distance takes quadratic time.
    guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
      let distance = distance(wanted, skeleton(candidate))
      if distance < best?.distance ?? (max(wanted.count, 3) / 3 + 1) {
        best = (candidate, distance)
      }
    }
    return best?.candidate
  }

  private static func skeleton(_ name: String) -> String {
    name.lowercased().filter { $0 != "-" && $0 != "_" }
  }
}
