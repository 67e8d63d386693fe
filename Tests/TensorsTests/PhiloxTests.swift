import Tensors
import Testing

@Suite("Philox and random streams")
struct PhiloxTests {
  @Test("Known answers of Philox 4x32-10")
  func knownAnswers() {
    let zero = Philox.block(counter: .init(), key: .init())
    #expect(zero == .init(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    // Random123's kat_vectors: all bits set.
    let ones = Philox.block(counter: .init(repeating: .max), key: .init(repeating: .max))
    #expect(ones == .init(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
  }

  @Test("A stream's numbers are those of its identity, every field of which has its own bits")
  func identity() {
    let identity = RandomIdentity(
      seed: 0x1_0000_0002, purpose: .attackStart, step: 0x3_0000_0004, sample: 5, restart: 7, layer: 8,
      pass: 9)
    var stream = RandomStream(identity)
    #expect(
      (0..<5).map { _ in stream.nextWord() }
        == [0x6842_be3a, 0x4dfe_8de3, 0xf6cc_2035, 0xad13_9b74, 0x5c42_454f])
    // Results that were published depend on these.
    let purposes: [RandomPurpose] = [
      .initialization, .shuffle, .validationSplit, .augmentation, .dropout, .attackStart, .noise, .smoothing,
      .synthetic, .search, .trainingNoise,
    ]
    #expect(purposes.map(\.rawValue) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20])
  }

  @Test("A permutation holds every index once and depends on the step")
  func permutation() {
    var first = RandomStream(RandomIdentity(seed: 1, purpose: .shuffle, step: 0))
    var second = RandomStream(RandomIdentity(seed: 1, purpose: .shuffle, step: 1))
    let a = first.permutation(of: 1000)
    let b = second.permutation(of: 1000)
    #expect(a.sorted() == Array(0..<1000))
    #expect(b.sorted() == Array(0..<1000))
    #expect(a != b)
  }

  @Test("Uniform draws stay in range and have the right mean and variance")
  func uniformMoments() {
    var stream = RandomStream(RandomIdentity(seed: 7, purpose: .noise))
    var sum = 0.0
    var squares = 0.0
    for _ in 0..<100_000 {
      let value = stream.uniform()
      #expect(value >= 0 && value < 1)
      sum += Double(value)
      squares += Double(value * value)
    }
    #expect(abs(sum / 100_000 - 0.5) < 0.005)
    #expect(abs(squares / 100_000 - 1.0 / 3) < 0.005)
  }
}
