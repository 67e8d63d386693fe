import CKernels

/// The fastest arithmetic of a CPU: multiply-adds between registers, which no kernel can beat.
public enum PeakLoop {
  /// Runs `rounds` rounds on the calling thread.
  ///
  /// - Returns: The number of floating-point operations done.
  /// - Precondition: this CPU has the instruction set.
  public static func run(rounds: Int, on set: InstructionSet = .selected) -> Double {
    guard let loop = ckernels_peak_for(Int32(set.rawValue)) else {
      preconditionFailure("\(set) is beyond this CPU")
    }
    var sink: Float = 0
    return loop(rounds, 1.5, &sink)
  }
}
