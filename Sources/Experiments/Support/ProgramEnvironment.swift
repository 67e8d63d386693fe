import DataParallel
import Kernels

/// What the program finds around it when it starts: environment variables and libraries.
public enum ProgramEnvironment {
  /// Refuses libraries that it was not compiled for, and wishes that cannot be met, lest a slip of the pen passes
  /// for a measurement.
  ///
  /// - Throws: `ExperimentError.usage` naming the variable, `ExperimentError.unavailable` naming the library.
  public static func check() throws {
    if let problem = OneDNN.versionProblem { throw ExperimentError.unavailable(problem) }
    for problem in [
      InstructionSet.environmentProblem, KernelChoice.environmentProblem, ReductionChoice.environmentProblem,
    ] {
      if let problem { throw ExperimentError.usage(problem) }
    }
  }
}
