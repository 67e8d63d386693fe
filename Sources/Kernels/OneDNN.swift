import COneDNN
import Tensors

/// A call into oneDNN that failed.
public struct OneDNNError: Error, Equatable, CustomStringConvertible {
  /// The function of oneDNN's C interface.
  public let call: String
  /// What it answered.
  public let status: String
  /// What was being built, in words.
  public var subject = ""
  /// Whether shapes and formats are not served, as opposed to a failure.
  var isUnserved = false

  /// A sentence.
  public var description: String {
    let what = subject.isEmpty ? "" : " for \(subject)"
    return "oneDNN's \(call) failed\(what): \(status)"
  }
}

/// oneDNN as a whole: its version, its CPU engine, the check of every return code.
public enum OneDNN {
  /// The version that is loaded, such as 2.6.3.
  public static let version: String = {
    guard let version = dnnl_version()?.pointee else { return "unknown" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }()

  /// The first part of `version`, by which names and speeds of implementations differ.
  public static let majorVersion = Int(version.prefix { $0 != "." }) ?? 0

  /// Makes oneDNN's kernels single-threaded on the calling thread.
  ///
  /// The number of OpenMP threads is a property of each thread, and oneDNN reads it when a primitive is created:
  /// its bits depend on it. Every thread that creates or runs kernels calls this first.
  public static func useOneThread() {
    omp_set_num_threads(1)
  }

  /// Throws an error that names `call` unless its status is success.
  static func check(_ call: String, _ status: dnnl_status_t) throws(OneDNNError) {
    if status == dnnl_success { return }
    let words =
      switch status {
      case dnnl_out_of_memory: "out of memory"
      case dnnl_invalid_arguments: "invalid arguments"
      case dnnl_unimplemented: "not implemented for these shapes"
      case dnnl_runtime_error: "error while running"
      default: "status \(status.rawValue)"
      }
    throw OneDNNError(call: call, status: words, isUnserved: status == dnnl_unimplemented)
  }

  private static let createdEngine: Result<Engine, OneDNNError> = {
    // Fails once a primitive exists, and where oneDNN was built without the choice: ranks with unequal CPUs would get
    // other bits.
    let limit = dnnl_set_max_cpu_isa(InstructionSet.selected.oneDNNLimit)
    if limit != dnnl_success, InstructionSet.selected < .supported {
      return .failure(OneDNNError(call: "dnnl_set_max_cpu_isa", status: "status \(limit.rawValue)"))
    }
    var engine: dnnl_engine_t?
    let status = dnnl_engine_create(&engine, dnnl_cpu, 0)
    guard status == dnnl_success, let engine else {
      return .failure(OneDNNError(call: "dnnl_engine_create", status: "status \(status.rawValue)"))
    }
    return .success(Engine(handle: engine))
  }()

  /// The CPU engine, made at first use and kept.
  static func engine() throws(OneDNNError) -> dnnl_engine_t { try createdEngine.get().handle }

  /// An engine is immutable and may be used from all threads.
  private struct Engine: @unchecked Sendable {
    let handle: dnnl_engine_t
  }
}

/// Scratch memory that the kernels of one thread take turns in, in bytes.
public struct KernelScratch: Equatable, Sendable {
  /// What oneDNN's primitives ask for.
  public var primitives = 0
  /// A gradient by weights on its way into PyTorch's format.
  public var weights = 0
  /// Planes and transforms of minimal filtering.
  public var filtering = 0

  /// Memory for primitives alone, or none.
  public init(primitives: Int = 0) {
    self.primitives = primitives
  }

  /// All of it.
  public var bytes: Int { primitives + weights + filtering }

  /// What serves both.
  public func union(_ other: KernelScratch) -> KernelScratch {
    var both = self
    both.primitives = max(primitives, other.primitives)
    both.weights = max(weights, other.weights)
    both.filtering = max(filtering, other.filtering)
    return both
  }

  /// What serves all of them, one at a time.
  public static func covering(_ all: some Sequence<KernelScratch>) -> KernelScratch {
    all.reduce(KernelScratch()) { $0.union($1) }
  }
}

/// What one thread needs to run kernels: a stream and scratch memory.
///
/// Not shared between threads.
public final class KernelContext {
  let stream: dnnl_stream_t
  let scratchpad: AlignedBuffer<UInt8>
  let weights: AlignedBuffer<UInt8>
  let filtering: AlignedBuffer<Float>

  /// Creates a context with scratch memory; kernels that need more of it bring their own.
  public init(_ scratch: KernelScratch) throws(OneDNNError) {
    var stream: dnnl_stream_t?
    try OneDNN.check(
      "dnnl_stream_create",
      dnnl_stream_create(&stream, try OneDNN.engine(), UInt32(dnnl_stream_default_flags.rawValue)))
    guard let stream else { throw OneDNNError(call: "dnnl_stream_create", status: "no stream") }
    self.stream = stream
    scratchpad = AlignedBuffer(count: scratch.primitives)
    weights = AlignedBuffer(count: scratch.weights)
    filtering = AlignedBuffer(count: scratch.filtering / 4)
  }

  deinit {
    dnnl_stream_destroy(stream)
  }
}
