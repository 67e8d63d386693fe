import CKernels
import COneDNN
import Glibc
import Synchronization

/// The vector instructions that kernels use, chosen once when the program starts.
///
/// `HOLDFAST_INSTRUCTION_SET=portable|avx2|avx512` in the environment lowers the choice, for tests and for
/// clusters whose nodes differ; ``lower(to:)`` does the same from inside.
public enum InstructionSet: Int, Sendable, CaseIterable, Comparable, CustomStringConvertible {
  /// What every x86-64 or other CPU has.
  case portable
  /// AVX2 with fused multiply-add.
  case avx2
  /// AVX-512 F, VL, BW and DQ.
  case avx512

  /// The name used in the environment variable and in manifests.
  public var description: String {
    switch self {
    case .portable: "portable"
    case .avx2: "avx2"
    case .avx512: "avx512"
    }
  }

  /// The best this CPU has.
  public static let supported = InstructionSet(rawValue: Int(ckernels_supported().rawValue)) ?? .portable

  private static let wish = getenv("HOLDFAST_INSTRUCTION_SET").map { String(cString: $0) }

  /// What this process would use by itself: the best this CPU has, or less where the environment asks for it.
  public static let preferred = min(allCases.first { $0.description == wish } ?? supported, supported)

  private static let ceiling = Atomic<Int>(InstructionSet.preferred.rawValue)
  private static let isFixed = Atomic<Bool>(false)

  /// What this process uses, fixed when it is first asked for.
  public static let selected: InstructionSet = {
    isFixed.store(true, ordering: .sequentiallyConsistent)
    return InstructionSet(rawValue: ceiling.load(ordering: .sequentiallyConsistent)) ?? .portable
  }()

  /// Has this process use no more than `set`, before it makes its first kernel: what ranks with unequal CPUs agree
  /// on.
  ///
  /// - Precondition: Nothing has asked for ``selected`` yet.
  public static func lower(to set: InstructionSet) {
    precondition(
      !isFixed.load(ordering: .sequentiallyConsistent), "kernels were chosen before the ranks agreed")
    ceiling.min(set.rawValue, ordering: .sequentiallyConsistent)
  }

  /// What is wrong with the environment's wish, in words; nil where nothing is.
  public static var environmentProblem: String? {
    guard let wish else { return nil }
    guard let chosen = allCases.first(where: { $0.description == wish }) else {
      let names = allCases.map(\.description).joined(separator: ", ")
      return "HOLDFAST_INSTRUCTION_SET is \(wish) and has to be one of \(names)"
    }
    return chosen <= supported ? nil : "HOLDFAST_INSTRUCTION_SET is \(wish), which this CPU does not have"
  }

  /// The channels that lie side by side in the channel-blocked layout: one vector register of floats.
  public var channelLanes: Int { self == .avx512 ? 16 : 8 }

  /// Orders sets by what they can do.
  public static func < (left: InstructionSet, right: InstructionSet) -> Bool {
    left.rawValue < right.rawValue
  }

  /// What oneDNN may use: float32 kernels gain nothing from later extensions, but could choose by them.
  var oneDNNLimit: dnnl_cpu_isa_t {
    switch self {
    case .portable: dnnl_cpu_isa_sse41
    case .avx2: dnnl_cpu_isa_avx2
    case .avx512: dnnl_cpu_isa_avx512_core
    }
  }
}
