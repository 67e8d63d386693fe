import Tensors

/// Damages inputs in the ways that files are damaged, and in ways that parsers dislike.
///
/// The same seed gives the same inputs everywhere.
struct InputMutator {
  private let seed: UInt32
  private var counter: UInt32 = 0
  private let seeds: [[UInt8]]
  private let words: [[UInt8]]

  init(seed: UInt32, seeds: [[UInt8]], words: [String]) {
    self.seed = seed
    self.seeds = seeds
    self.words = words.map { Array($0.utf8) }
  }

  /// One of the seeds with one to four changes.
  mutating func next() -> [UInt8] {
    var bytes = seeds[number(below: seeds.count)]
    for _ in 0...number(below: 4) { change(&bytes) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = number(below: bytes.count + 1)
    switch number(below: 8) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(number(below: 8))
    case 1 where place < bytes.count: bytes[place] = UInt8(number(below: 256))
    case 2: bytes.removeLast(bytes.count - place)
    case 3: bytes.removeSubrange(place..<min(place + number(below: 16), bytes.count))
    case 4: bytes.insert(contentsOf: bytes[place..<min(place + number(below: 64), bytes.count)], at: place)
    case 5:
      let other = seeds[number(below: seeds.count)]
      bytes = Array(bytes[..<place] + other[number(below: other.count + 1)...])
    case 6 where !words.isEmpty: bytes.insert(contentsOf: words[number(below: words.count)], at: place)
    default:
      // A length or an offset that promises too much, or nothing.
      let size = [1, 2, 4, 8][number(below: 4)]
      let value = [UInt8](repeating: [0, 0x7f, 0x80, 0xff][number(below: 4)], count: size)
      bytes.replaceSubrange(place..<min(place + size, bytes.count), with: value)
    }
  }

  private mutating func number(below limit: Int) -> Int {
    counter += 1
    return Int(Philox.block(counter: [counter, 0, 0, 0], key: [seed, 0])[0]) % limit
  }
}
