import Checkpoints
import Exchange
import Foundation
public import MessagePassing
import Networks
import Reports
import Tensors

/// `holdfast export`: a network in a format of other programs.
public struct ExportRun {
  private let options: ExportOptions
  private let communicator: Communicator
  private let console: Console

  /// Prepares the command on one rank.
  public init(_ options: ExportOptions, on communicator: Communicator) {
    self.options = options
    self.communicator = communicator
    console = Console(isSpeaker: communicator.isRoot)
  }

  /// Writes the file on rank 0, and returns the exit code; called on all ranks together.
  public func run() throws -> Int32 {
    try communicator.requireSame([("command line", options.identity)])
    let report = try communicator.agree { communicator.isRoot ? try export() : nil }
    if let report { try console.print(report, asJSON: options.json, text: report.description) }
    return ExitStatus.success
  }

  private func export() throws -> ExportReport {
    let format = try chosenFormat()
    for path in [options.output] + (options.samples > 0 ? [samplesFile] : []) where FileSystem.exists(path) {
      throw ExperimentError.usage("\(path) is there already: choose another --output")
    }
    var source = SubjectOptions(target: options.target)
    source.checkpoint = options.checkpoint
    source.model = options.model
    source.data = options.data
    source.classes = options.classes
    let (place, configuration) = try EvaluationSetup.resolve(source)
    let target = try EvaluationTarget(place, checkpoint: CheckpointSelector(options.checkpoint))
    for warning in target.warnings { console.warn(warning) }
    let network = try ExportedNetwork(configuration, target)
    if let note = network.note { console.note(note) }

    let bytes = try network.encoded(format)
    try FileSystem.makeFolder(FileSystem.folder(of: options.output))
    try AtomicFile.write(bytes, to: options.output)
    if options.samples > 0 {
      let samples = SafetensorsFile(tensors: try network.samples(options.samples))
      try samples.write(to: samplesFile)
    }
    return ExportReport(
      output: options.output, format: format.rawValue, bytes: bytes.count, sha256: Checksum.sha256(bytes),
      model: network.architecture.name, input: network.architecture.input,
      outputs: network.architecture.outputs,
      parameters: network.architecture.parameterLayout().parameterCount, checkpoint: target.identity,
      samples: options.samples > 0 ? samplesFile : nil)
  }

  private func chosenFormat() throws -> ExportOptions.Format {
    let ending = (options.output as NSString).pathExtension
    if let format = options.format {
      guard ending == format.rawValue else {
        throw ExperimentError.usage(
          "--output is \(options.output) and has to end in .\(format.rawValue) with --format \(format.rawValue)"
        )
      }
      return format
    }
    guard let format = ExportOptions.Format(rawValue: ending) else {
      throw ExperimentError.usage(
        "--output is \(options.output) and has to end in .onnx or .safetensors, which says the format")
    }
    return format
  }

  private var samplesFile: String {
    "\((options.output as NSString).deletingPathExtension).samples.safetensors"
  }
}

/// What `holdfast export` prints.
private struct ExportReport: Encodable, CustomStringConvertible {
  let output: String
  let format: String
  let bytes: Int
  let sha256: String
  let model: String
  let input: ImageShape
  let outputs: Int
  let parameters: Int
  let checkpoint: EvaluationRecord.CheckpointIdentity
  let samples: String?

  var description: String {
    let written = ([output] + [samples].compactMap { $0 }).joined(separator: ", ")
    return """
      \(model): \(input) in, \(outputs) \(outputs == 1 ? "score" : "logits") out, \(parameters) parameters
      weights: \(checkpoint.path) (SHA-256 \(checkpoint.sha256))
      written: \(written)
      """
  }
}
