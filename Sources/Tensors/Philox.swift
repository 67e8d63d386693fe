/// The Philox 4x32-10 block function: a counter-based random number generator.
///
/// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). A block is a pure
/// function of key and counter, so a draw depends on what it is for and never on who computes it or when.
public enum Philox {
  /// Four 32-bit words, the width of a counter and of a block.
  public typealias Block = SIMD4<UInt32>

  /// Encrypts `counter` under `key` with ten rounds.
  @inlinable
  public static func block(counter: Block, key: SIMD2<UInt32>) -> Block {
    var state = counter
    var roundKey = key
    for _ in 0..<10 {
      let first = UInt64(state[0]) &* 0xD251_1F53
      let second = UInt64(state[2]) &* 0xCD9E_8D57
      state = Block(
        UInt32(truncatingIfNeeded: second >> 32) ^ state[1] ^ roundKey[0],
        UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ state[3] ^ roundKey[1],
        UInt32(truncatingIfNeeded: first))
      roundKey = roundKey &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return state
  }
}
