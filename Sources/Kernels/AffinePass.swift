import COneDNN

/// One of the three passes of an affine kernel, compiled, with the memory formats it settled on.
struct AffinePass: Sendable {
  let primitive: Primitive
  let source: MemoryDescriptor
  let weights: MemoryDescriptor
  let destination: MemoryDescriptor

  /// Compiles `pass` for `batch` samples.
  ///
  /// The activations' own layout is tried first. Where oneDNN has only its reference loops for that, it may
  /// choose formats itself and the tensors are converted around it: the first choice depends on nothing but
  /// shapes, instruction set and version, so every rank makes the same one.
  init(
    _ pass: conednn_pass, _ geometry: AffineGeometry, batch: Int, forward: Primitive? = nil
  ) throws(OneDNNError) {
    let fixed = try? AffinePass(pass, geometry, batch: batch, forward: forward, anyFormat: false)
    if let fixed, !fixed.primitive.isReference {
      self = fixed
      return
    }
    let free = try AffinePass(pass, geometry, batch: batch, forward: forward, anyFormat: true)
    self = free.primitive.isReference ? fixed ?? free : free
  }

  private init(
    _ pass: conednn_pass, _ geometry: AffineGeometry, batch: Int, forward: Primitive?, anyFormat: Bool
  ) throws(OneDNNError) {
    let any = dnnl_format_tag_any
    let source =
      anyFormat
      ? try MemoryDescriptor(geometry.sourceExtents(batch: batch), any)
      : try geometry.sourceDescriptor(batch: batch)
    let destination =
      anyFormat
      ? try MemoryDescriptor(geometry.destinationExtents(batch: batch), any)
      : try geometry.destinationDescriptor(batch: batch)
    let weights = try MemoryDescriptor(geometry.weightShape, any)
    let bias = geometry.bias ? try MemoryDescriptor([geometry.output.channels], dnnl_x) : nil

    primitive = try Primitive(geometry.createCall(pass)) { result, engine, attributes in
      switch geometry.operation {
      case .linear:
        var product = conednn_inner_product(
          source: source.handle, weights: weights.handle, bias: bias?.handle, destination: destination.handle)
        return conednn_inner_product_create(&result, engine, pass, &product, attributes, forward?.hint)
      case .convolution(_, let stride, let padding):
        var convolution = conednn_convolution(
          source: source.handle, weights: weights.handle, bias: bias?.handle,
          destination: destination.handle, strides: (Int64(stride), Int64(stride)),
          paddings: (Int64(padding), Int64(padding)))
        return conednn_convolution_create(&result, engine, pass, &convolution, attributes, forward?.hint)
      }
    }
    withExtendedLifetime((source, destination, weights, bias, forward)) {}
    self.source = try primitive.descriptor(
      pass == conednn_backward_data ? dnnl_query_diff_src_md : dnnl_query_src_md)
    self.weights = try primitive.descriptor(
      pass == conednn_backward_weights ? dnnl_query_diff_weights_md : dnnl_query_weights_md)
    self.destination = try primitive.descriptor(
      pass == conednn_forward ? dnnl_query_dst_md : dnnl_query_diff_dst_md)
  }
}

extension AffineGeometry {
  func sourceExtents(batch: Int) -> [Int] { extents(of: input, batch: batch) }
  func destinationExtents(batch: Int) -> [Int] { extents(of: output, batch: batch) }

  private func extents(of layout: ActivationLayout, batch: Int) -> [Int] {
    operation == .linear
      ? [batch, layout.channels] : [batch, layout.channels, layout.height, layout.width]
  }

  fileprivate func createCall(_ pass: conednn_pass) -> String {
    let kind = operation == .linear ? "inner_product" : "convolution"
    let direction =
      switch pass {
      case conednn_forward: "forward"
      case conednn_backward_data: "backward_data"
      default: "backward_weights"
      }
    return "dnnl_\(kind)_\(direction)_primitive_desc_create"
  }
}
