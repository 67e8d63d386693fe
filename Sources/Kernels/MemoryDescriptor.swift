import COneDNN

/// Extents and memory format of a tensor, as oneDNN sees it.
final class MemoryDescriptor: @unchecked Sendable {
  let handle: conednn_descriptor

  /// Takes over a descriptor.
  init(owning handle: conednn_descriptor) {
    self.handle = handle
  }

  /// Describes a float32 tensor of these extents in the format `tag`.
  init(_ extents: [Int], _ tag: dnnl_format_tag_t) throws(OneDNNError) {
    var handle: conednn_descriptor?
    try OneDNN.check(
      "dnnl_memory_desc_init_by_tag",
      conednn_descriptor_create(&handle, Int32(extents.count), extents.map(Int64.init), tag))
    guard let handle else { throw OneDNNError(call: "dnnl_memory_desc_init_by_tag", status: "no descriptor") }
    self.handle = handle
  }

  deinit {
    conednn_descriptor_free(handle)
  }

  var bytes: Int { conednn_descriptor_size(handle) }

  func isEqual(to other: MemoryDescriptor) -> Bool {
    conednn_descriptor_equal(handle, other.handle) != 0
  }
}

/// A tensor in memory that somebody else owns and keeps alive.
final class Memory: @unchecked Sendable {
  let handle: dnnl_memory_t

  init(_ descriptor: MemoryDescriptor, at pointer: UnsafeMutableRawPointer) throws(OneDNNError) {
    var handle: dnnl_memory_t?
    try OneDNN.check(
      "dnnl_memory_create",
      conednn_memory_create(&handle, descriptor.handle, try OneDNN.engine(), pointer))
    guard let handle else { throw OneDNNError(call: "dnnl_memory_create", status: "no memory object") }
    self.handle = handle
  }

  deinit {
    dnnl_memory_destroy(handle)
  }

  /// Moves the tensor to another address.
  func point(at pointer: UnsafeMutableRawPointer) throws(OneDNNError) {
    try OneDNN.check("dnnl_memory_set_data_handle", conednn_memory_point_at(handle, pointer))
  }
}
