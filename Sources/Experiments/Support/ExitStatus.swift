import Certificates
import Checkpoints
import DataParallel
import Datasets
import Evaluation
import Exchange
import Kernels
import MessagePassing
import Reports
import Training

/// The exit codes of the program, after sysexits.h where that has one.
public enum ExitStatus {
  /// Done.
  public static let success: Int32 = 0
  /// The command line or the configuration is wrong.
  public static let usage: Int32 = 64
  /// Data or checkpoints are damaged.
  public static let badData: Int32 = 65
  /// A file or folder that is needed is not there.
  public static let missingInput: Int32 = 66
  /// MPI or another rank failed, or a library cannot be used.
  public static let unavailable: Int32 = 69
  /// The program is at fault.
  public static let `internal`: Int32 = 70
  /// Reading or writing failed.
  public static let inputOutput: Int32 = 74
  /// Stopped on request with a checkpoint: start again to go on.
  public static let stopped: Int32 = 75
  /// The watchdog found this rank or a peer stuck.
  public static let stuck = Watchdog.exitCode

  /// The exit code for an error.
  public static func of(_ error: any Error) -> Int32 {
    switch error {
    case let error as CollectiveFailure: error.exitCode
    case let error as ConfigurationError: of(error)
    case let error as DatasetError: of(error)
    case let error as CheckpointError: of(error)
    case let error as FileError: error.isMissing ? missingInput : inputOutput
    case let error as ExperimentError: error.exitCode
    case is MPIError: unavailable
    case is ReportError, is KernelTableError: badData
    case TrainingError.differentRun: usage
    case TrainingError.weightsDiffer: `internal`
    case TrainingError.nonFiniteLoss(_, _, _, let corrupt) where !corrupt.isEmpty: `internal`
    case is TrainingError: badData
    case EvaluationError.noSamples, EvaluationError.notLinear, is BoundError, is ExchangeError: usage
    case EvaluationError.stopped: stopped
    default: `internal`
    }
  }

  private static func of(_ error: ConfigurationError) -> Int32 {
    switch error.kind {
    case .invalid: usage
    case .missingFile: missingInput
    case .unreadableFile: inputOutput
    }
  }

  private static func of(_ error: DatasetError) -> Int32 {
    switch error.kind {
    case .missing: missingInput
    case .malformed: badData
    case .network, .io: inputOutput
    case .usage: usage
    }
  }

  private static func of(_ error: CheckpointError) -> Int32 {
    switch error {
    case .corrupt, .noneIntact: badData
    case .missing: missingInput
    case .unwritable, .superseded: inputOutput
    case .refused: usage
    }
  }
}

/// What can be wrong with an experiment as a whole.
public enum ExperimentError: Error, Equatable, CustomStringConvertible {
  /// The command line asks for something that cannot be.
  case usage(String)
  /// A file or folder that is needed is not there.
  case missing(String)
  /// Weights that do not fit.
  case badData(String)
  /// Ranks that do not agree on what they run.
  case ranksDiffer(String)
  /// A library that the program cannot work with.
  case unavailable(String)

  /// A sentence.
  public var description: String {
    switch self {
    case .usage(let text), .missing(let text), .badData(let text), .ranksDiffer(let text),
      .unavailable(let text):
      text
    }
  }

  var exitCode: Int32 {
    switch self {
    case .usage: ExitStatus.usage
    case .missing: ExitStatus.missingInput
    case .badData: ExitStatus.badData
    case .ranksDiffer, .unavailable: ExitStatus.unavailable
    }
  }
}
