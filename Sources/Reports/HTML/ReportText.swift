import Foundation

/// How a report writes numbers.
enum ReportText {
  /// An accuracy in percent, as exact as its count.
  static func percent(_ count: AccuracyCount) -> String {
    percent(count.accuracy, decimals: count.total > 2000 ? 2 : 1)
  }

  /// A proportion in percent.
  static func percent(_ share: Double, decimals: Int = 1) -> String {
    "\(fixed(100 * share, decimals)) %"
  }

  /// The 95 % interval of an accuracy.
  static func interval(_ count: AccuracyCount) -> String {
    let interval = count.ci95
    return "\(fixed(100 * interval.lower, 1)) to \(fixed(100 * interval.upper, 1)) %"
  }

  /// A number as people write it: no more digits than it has, six at most.
  static func number(_ value: Double) -> String {
    String(format: "%.6g", value)
  }

  /// A radius; fractions of 255, which people use for colour images, as such.
  static func radius(_ epsilon: Double) -> String {
    let steps = epsilon * 255
    let isFraction = abs(steps - steps.rounded()) < 1e-4 && steps >= 0.5 && steps < 64
    let isShort = abs(epsilon * 1000 - (epsilon * 1000).rounded()) < 1e-9
    return isFraction && !isShort ? "\(Int(steps.rounded()))/255" : number(epsilon)
  }

  /// A duration, no more exact than it is.
  static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e15 else { return "–" }
    if seconds < 1 { return "\(fixed(1000 * seconds, 0)) ms" }
    if seconds < 10 { return "\(fixed(seconds, 1)) s" }
    if seconds < 90 { return "\(fixed(seconds, 0)) s" }
    let minutes = Int((seconds / 60).rounded())
    return minutes < 90 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }

  /// A count and its noun.
  static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  /// The day and minute of a time stamp (ISO 8601), in UTC.
  static func moment(_ stamp: String) -> String {
    "\(stamp.prefix(16).replacingOccurrences(of: "T", with: " ")) UTC"
  }

  /// What a norm is called: the letters of the literature.
  static func norm(_ name: String) -> String {
    ["linf": "l∞", "l2": "l2", "l1": "l1"][name] ?? name
  }
}
