import FuzzTargets
import Testing

/// A few of the executions that `launch/fuzz.sh` makes hundreds of thousands of.
@Suite("Parsers and damaged input")
struct ParserTests {
  @Test("Every parser accepts its seeds", arguments: FuzzTarget.all)
  func seeds(target: FuzzTarget) throws {
    for seed in target.seeds { #expect(try target.accepts(seed)) }
  }

  @Test("Damaged input is refused, or makes sense", arguments: FuzzTarget.all)
  func damage(target: FuzzTarget) throws {
    var mutator = InputMutator(seed: 4, seeds: target.seeds, words: target.words)
    var refused = 0
    for execution in 0..<600 {
      let input = mutator.next()
      do {
        if try !target.accepts(input) { refused += 1 }
      } catch {
        Issue.record("execution \(execution): \(error), of \(input)")
      }
    }
    #expect(refused > 60)
  }
}
