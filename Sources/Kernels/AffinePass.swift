import COneDNN

/// One of the three passes of an affine kernel, compiled, with the memory formats it settled on.
struct AffinePass: Sendable {
  let primitive: Primitive
  let source: MemoryDescriptor
  let weights: MemoryDescriptor
  let destination: MemoryDescriptor

  /// Compiles `pass` for `batch` samples.
  ///
  /// - Parameter name: oneDNN's name of the implementation; where that is nil or not offered, the first one.
  init(
    _ pass: conednn_pass, _ geometry: AffineGeometry, batch: Int, name: String?, forward: Primitive? = nil
  ) throws(OneDNNError) {
    let offers = try geometry.offers(pass, batch: batch, forward: forward)
    guard let chosen = offers.first(where: { $0.implementation == name }) ?? offers.first else {
      throw OneDNNError(call: geometry.createCall(pass), status: "not implemented for these shapes")
    }
    primitive = try Primitive(chosen)
    source = try primitive.descriptor(
      pass == conednn_backward_data ? dnnl_query_diff_src_md : dnnl_query_src_md)
    weights = try primitive.descriptor(
      pass == conednn_backward_weights ? dnnl_query_diff_weights_md : dnnl_query_weights_md)
    destination = try primitive.descriptor(
      pass == conednn_forward ? dnnl_query_dst_md : dnnl_query_diff_dst_md)
  }
}

extension AffineGeometry {
  /// What oneDNN offers for `pass` on `batch` samples, each implementation once, in order of preference.
  ///
  /// Those that take the activations in their own layout come first. Behind them come others for which oneDNN
  /// chooses the formats itself and the tensors are converted around it. Its reference loops are offered only
  /// where there is nothing else. All this depends on nothing but shapes, instruction set and version, so every
  /// rank gets the same list.
  func offers(
    _ pass: conednn_pass, batch: Int, forward: Primitive?
  ) throws(OneDNNError) -> [PrimitiveDescription] {
    let all =
      try served(pass, batch: batch, forward: forward, anyFormat: false)
      + served(pass, batch: batch, forward: forward, anyFormat: true)
    var offers: [PrimitiveDescription] = []
    for offer in all where !offer.isReference {
      if !offers.contains(where: { $0.implementation == offer.implementation }) { offers.append(offer) }
    }
    if !offers.isEmpty { return offers }
    if let reference = all.first { return [reference] }
    // Says what is wrong.
    return try descriptions(pass, batch: batch, forward: forward, anyFormat: true)
  }

  /// Nothing where oneDNN does not serve these shapes and formats.
  private func served(
    _ pass: conednn_pass, batch: Int, forward: Primitive?, anyFormat: Bool
  ) throws(OneDNNError) -> [PrimitiveDescription] {
    do {
      return try descriptions(pass, batch: batch, forward: forward, anyFormat: anyFormat)
    } catch {
      guard error.isUnserved else { throw error }
      return []
    }
  }

  private func descriptions(
    _ pass: conednn_pass, batch: Int, forward: Primitive?, anyFormat: Bool
  ) throws(OneDNNError) -> [PrimitiveDescription] {
    var found: [PrimitiveDescription] = []
    while let next = try description(
      pass, index: found.count, batch: batch, forward: forward, anyFormat: anyFormat)
    {
      found.append(next)
    }
    return found
  }

  private func description(
    _ pass: conednn_pass, index: Int, batch: Int, forward: Primitive?, anyFormat: Bool
  ) throws(OneDNNError) -> PrimitiveDescription? {
    let any = dnnl_format_tag_any
    let source =
      anyFormat
      ? try MemoryDescriptor(sourceExtents(batch: batch), any) : try sourceDescriptor(batch: batch)
    let destination =
      anyFormat
      ? try MemoryDescriptor(destinationExtents(batch: batch), any)
      : try destinationDescriptor(batch: batch)
    let weights = try MemoryDescriptor(weightShape, any)
    let bias = bias ? try MemoryDescriptor([output.channels], dnnl_x) : nil
    defer { withExtendedLifetime((source, destination, weights, bias, forward)) {} }
    return try PrimitiveDescription(createCall(pass)) { result, engine, attributes in
      switch operation {
      case .linear:
        var product = conednn_inner_product(
          source: source.handle, weights: weights.handle, bias: bias?.handle, destination: destination.handle)
        return conednn_inner_product_create(
          &result, Int32(index), engine, pass, &product, attributes, forward?.hint)
      case .convolution(_, let stride, let padding):
        var convolution = conednn_convolution(
          source: source.handle, weights: weights.handle, bias: bias?.handle,
          destination: destination.handle, strides: (Int64(stride), Int64(stride)),
          paddings: (Int64(padding), Int64(padding)))
        return conednn_convolution_create(
          &result, Int32(index), engine, pass, &convolution, attributes, forward?.hint)
      }
    }
  }

  private func sourceExtents(batch: Int) -> [Int] { extents(of: input, batch: batch) }
  private func destinationExtents(batch: Int) -> [Int] { extents(of: output, batch: batch) }

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
