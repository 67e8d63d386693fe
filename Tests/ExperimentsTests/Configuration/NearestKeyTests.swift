import Experiments
import Testing

struct NearestKeyTests {
  @Test(
    "Distance counts insertions, deletions, substitutions and swaps",
    arguments: [
      ("", "", 0), ("", "abc", 3), ("pgd", "pgd", 0), ("steps", "step", 1), ("steps", "stepps", 1),
      ("mnist", "mnits", 1), ("epsilon", "epslion", 1), ("kitten", "sitting", 3), ("ca", "abc", 3),
    ])
  func distances(first: String, second: String, expected: Int) {
    #expect(NearestKey.distance(first, second) == expected)
    #expect(NearestKey.distance(second, first) == expected)
  }

  @Test("A slip finds the key, whatever the spelling of its parts")
  func slips() {
    let keys = ["method", "steps", "stepSize", "randomStart", "restarts"]

    #expect(NearestKey.nearest(to: "step", among: keys) == "steps")
    #expect(NearestKey.nearest(to: "step_size", among: keys) == "stepSize")
    #expect(NearestKey.nearest(to: "STEPSIZE", among: keys) == "stepSize")
    #expect(NearestKey.nearest(to: "randmoStart", among: keys) == "randomStart")
  }

  @Test("What resembles nothing has no nearest key")
  func strangers() {
    #expect(NearestKey.nearest(to: "banana", among: ["method", "steps"]) == nil)
    #expect(NearestKey.nearest(to: "", among: ["a"]) == nil)
    #expect(NearestKey.nearest(to: "steps", among: [String]()) == nil)
    #expect(NearestKey.nearest(to: String(repeating: "s", count: 100_000), among: ["steps"]) == nil)
  }

  @Test("Of equally near candidates the first wins")
  func ties() {
    #expect(NearestKey.nearest(to: "beta", among: ["beta1", "beta2"]) == "beta1")
  }
}
