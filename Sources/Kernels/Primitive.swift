import COneDNN
import Tensors

/// A oneDNN operation with the implementation and the memory formats settled, not compiled yet.
///
/// Immutable.
final class PrimitiveDescription: @unchecked Sendable {
  fileprivate let handle: dnnl_primitive_desc_t
  /// oneDNN's name of the implementation, such as jit:avx512_core.
  let implementation: String

  /// Makes what `create` describes, with scratch memory provided by the caller; nil where oneDNN has no more
  /// implementations.
  ///
  /// The bits of the result are settled here: oneDNN partitions work by the number of OpenMP threads it reads
  /// now, so creation sets that to one.
  init?(
    _ call: String,
    create: (inout dnnl_primitive_desc_t?, dnnl_engine_t, dnnl_primitive_attr_t) -> dnnl_status_t
  ) throws(OneDNNError) {
    OneDNN.useOneThread()
    var attributes: dnnl_primitive_attr_t?
    try OneDNN.check("dnnl_primitive_attr_create", dnnl_primitive_attr_create(&attributes))
    guard let attributes else {
      throw OneDNNError(call: "dnnl_primitive_attr_create", status: "nothing made")
    }
    defer { dnnl_primitive_attr_destroy(attributes) }
    try OneDNN.check(
      "dnnl_primitive_attr_set_scratchpad_mode",
      dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user))
    var handle: dnnl_primitive_desc_t?
    let status = create(&handle, try OneDNN.engine(), attributes)
    if conednn_is_end(status) != 0 { return nil }
    try OneDNN.check(call, status)
    guard let handle else { throw OneDNNError(call: call, status: "nothing made") }
    self.handle = handle
    implementation = String(cString: conednn_implementation_name(handle))
  }

  deinit {
    dnnl_primitive_desc_destroy(handle)
  }

  /// Whether oneDNN has nothing better than its plain reference loops here.
  var isReference: Bool { implementation.hasPrefix("ref") }

  /// The format that the operation settled on for one of its tensors.
  func descriptor(_ what: dnnl_query_t) throws(OneDNNError) -> MemoryDescriptor {
    var found: conednn_descriptor?
    try OneDNN.check("dnnl_primitive_desc_query_md", conednn_query_descriptor(&found, handle, what))
    guard let found else { throw OneDNNError(call: "dnnl_primitive_desc_query_md", status: "no descriptor") }
    return MemoryDescriptor(owning: found)
  }
}

/// A compiled oneDNN operation.
///
/// Immutable: threads share it, each with memory of its own.
final class Primitive: @unchecked Sendable {
  private let description: PrimitiveDescription
  private let handle: dnnl_primitive_t
  /// The scratch memory an execution needs.
  let scratchpad: MemoryDescriptor

  /// Compiles an operation.
  init(_ description: PrimitiveDescription) throws(OneDNNError) {
    OneDNN.useOneThread()
    scratchpad = try description.descriptor(dnnl_query_scratchpad_md)
    var handle: dnnl_primitive_t?
    let status = dnnl_primitive_create(&handle, description.handle)
    guard status == dnnl_success, let handle else {
      throw OneDNNError(call: "dnnl_primitive_create", status: "status \(status.rawValue)")
    }
    self.description = description
    self.handle = handle
  }

  deinit {
    dnnl_primitive_destroy(handle)
  }

  /// oneDNN's name of the implementation, such as jit:avx512_core.
  var implementation: String { description.implementation }

  /// The primitive descriptor, as the hint a backward pass asks for.
  var hint: const_dnnl_primitive_desc_t { description.handle }

  /// The format that the primitive settled on for one of its tensors.
  func descriptor(_ what: dnnl_query_t) throws(OneDNNError) -> MemoryDescriptor {
    try description.descriptor(what)
  }

  /// Whether this is the matrix product that serves fully connected layers on AVX2, see `RowPadding`.
  var isAVX2Product: Bool {
    InstructionSet.selected == .avx2 && implementation.hasPrefix("x64:gemm")
  }

  func execute(on context: KernelContext, _ arguments: [dnnl_exec_arg_t]) throws(OneDNNError) {
    let status = dnnl_primitive_execute(handle, context.stream, Int32(arguments.count), arguments)
    try OneDNN.check("dnnl_primitive_execute", status)
  }

  /// Compiles a copy from one memory format to another.
  static func reorder(
    from source: MemoryDescriptor, to destination: MemoryDescriptor
  ) throws(OneDNNError) -> Primitive {
    let call = "dnnl_reorder_primitive_desc_create"
    let description = try PrimitiveDescription(call) { result, engine, attributes in
      conednn_reorder_create(&result, source.handle, destination.handle, engine, attributes)
    }
    guard let description else { throw OneDNNError(call: call, status: "nothing made") }
    return try Primitive(description)
  }
}

/// A primitive with its memory: everything one thread needs to run it, prepared once.
final class BoundPrimitive {
  private let primitive: Primitive
  private let context: KernelContext
  private let arguments: [dnnl_exec_arg_t]
  /// Keeps the memory objects behind the arguments alive.
  private let memories: [Memory]

  init(
    _ primitive: Primitive, _ context: KernelContext, _ tensors: [(role: Int32, memory: Memory)]
  ) throws(OneDNNError) {
    self.primitive = primitive
    self.context = context
    var tensors = tensors
    if primitive.scratchpad.bytes > 0 {
      precondition(primitive.scratchpad.bytes <= context.scratchpad.count, "scratchpad too small")
      let scratch = try Memory(primitive.scratchpad, at: context.scratchpad.pointer)
      tensors.append((DNNL_ARG_SCRATCHPAD, scratch))
    }
    arguments = tensors.map { dnnl_exec_arg_t(arg: $0.role, memory: $0.memory.handle) }
    memories = tensors.map { $0.memory }
  }

  func run() throws(OneDNNError) {
    try primitive.execute(on: context, arguments)
  }
}
