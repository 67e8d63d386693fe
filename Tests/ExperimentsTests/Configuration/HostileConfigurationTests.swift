import Experiments
import Testing

/// Files within the size limit that would take a parser long, or deep.
struct HostileConfigurationTests {
  @Test("A section of more keys than any has is refused at once")
  func keys() throws {
    let keys = (0..<8_000).map { "k\($0)" }

    let flow = try problems("{\(keys.joined(separator: ", "))}")
    let block = try problems("training:\n" + keys.prefix(5_000).map { "  \($0): 1\n" }.joined())

    #expect(flow == ["test.yaml:1: a section has 8000 keys; 256 is the most"])
    #expect(block.count == 1)
    #expect(block.first?.hasSuffix("256 is the most") == true)
  }

  @Test(
    "Deep nesting is refused, however it is written",
    arguments: ["[", "{a: ", "- ", "? ", "{? ", "a: [", "[[[ {b: "])
  func depth(_ opening: String) throws {
    for count in [20, 900, 60_000 / opening.count] {
      #expect(try problems(String(repeating: opening, count: count)).count == 1)
    }
  }
}
