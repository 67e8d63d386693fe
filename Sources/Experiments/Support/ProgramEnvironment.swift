import DataParallel
import Kernels

/// What environment variables ask of the program.
public enum ProgramEnvironment {
  /// Refuses wishes that cannot be met, lest a slip of the pen passes for a measurement.
  ///
  /// - Throws: `ExperimentError.usage` naming the variable.
  public static func check() throws {
    for problem in [InstructionSet.environmentProblem, ReductionChoice.environmentProblem] {
      if let problem { throw ExperimentError.usage(problem) }
    }
  }
}
