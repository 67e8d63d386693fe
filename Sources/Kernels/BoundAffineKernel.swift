import COneDNN
public import Tensors

/// An affine kernel with the buffers of one thread.
public final class BoundAffineKernel {
  private let kernel: AffineKernel
  private let forwardSteps: [BoundPrimitive]
  private let inputGradientSteps: [BoundPrimitive]
  private let parameterGradientSteps: [BoundPrimitive]
  private let input: RowPadding
  private let output: RowPadding
  private let inputGradient: RowPadding
  private let outputGradient: RowPadding
  /// The gradient by the weights, in PyTorch's format; moved to where the caller wants it.
  private let weightGradient: Memory
  private let biasGradient: Memory?
  /// Buffers of conversions, which the memory objects point into.
  private let keptAlive: [AnyObject]

  /// Binds `kernel` to activations and their gradients, each of the kernel's batch size and layouts.
  ///
  /// - Throws: `OneDNNError`.
  public init(
    _ kernel: AffineKernel, input: AlignedBuffer<Float>, output: AlignedBuffer<Float>,
    inputGradient: AlignedBuffer<Float>, outputGradient: AlignedBuffer<Float>, on context: KernelContext
  ) throws(OneDNNError) {
    let geometry = kernel.geometry
    precondition(input.count >= kernel.batch * geometry.input.elements, "input buffer too small")
    precondition(output.count >= kernel.batch * geometry.output.elements, "output buffer too small")
    precondition(
      inputGradient.count >= kernel.batch * geometry.input.elements
        && outputGradient.count >= kernel.batch * geometry.output.elements, "gradient buffer too small")
    self.kernel = kernel
    self.input = RowPadding(input, kernel, elements: geometry.input.elements)
    self.output = RowPadding(output, kernel, elements: geometry.output.elements)
    self.inputGradient = RowPadding(inputGradient, kernel, elements: geometry.input.elements)
    self.outputGradient = RowPadding(outputGradient, kernel, elements: geometry.output.elements)
    let (input, output) = (self.input.padded, self.output.padded)
    let (inputGradient, outputGradient) = (self.inputGradient.padded, self.outputGradient.padded)
    let source = try geometry.sourceDescriptor(batch: kernel.rows)
    let destination = try geometry.destinationDescriptor(batch: kernel.rows)
    let bias = geometry.bias ? try MemoryDescriptor([geometry.output.channels], dnnl_x) : nil

    // Forward.
    let pass = kernel.forward
    let forwardInput = try Port(entering: source, as: pass.source, at: input, context)
    let forwardOutput = try Port(leaving: pass.destination, as: destination, at: output, context)
    var tensors: [(role: Int32, memory: Memory)] = [
      (DNNL_ARG_SRC, forwardInput.memory), (DNNL_ARG_WEIGHTS, kernel.forwardWeights.memory),
      (DNNL_ARG_DST, forwardOutput.memory),
    ]
    if let bias { tensors.append((DNNL_ARG_BIAS, try Memory(bias, at: kernel.bias.pointer))) }
    let forward = try BoundPrimitive(pass.primitive, context, tensors)
    forwardSteps = [forwardInput.conversion, forward, forwardOutput.conversion].compactMap { $0 }

    // Gradient by the input.
    let data = kernel.backwardData
    let dataOutput = try Port(entering: destination, as: data.destination, at: outputGradient, context)
    let dataInput = try Port(leaving: data.source, as: source, at: inputGradient, context)
    let backward = try BoundPrimitive(
      data.primitive, context,
      [
        (DNNL_ARG_DIFF_DST, dataOutput.memory), (DNNL_ARG_WEIGHTS, kernel.backwardPacked.memory),
        (DNNL_ARG_DIFF_SRC, dataInput.memory),
      ])
    inputGradientSteps = [dataOutput.conversion, backward, dataInput.conversion].compactMap { $0 }

    // Gradient by the parameters.
    let weights = kernel.backwardWeights
    let weightsInput = try Port(entering: source, as: weights.source, at: input, context)
    let weightsOutput = try Port(entering: destination, as: weights.destination, at: outputGradient, context)
    let canonical = try geometry.canonicalWeights()
    // Never written: gradients are pointed to where they go before they are computed.
    let placeholder = AlignedBuffer<Float>(count: 0)
    let weightPort = try Port(
      leaving: weights.weights, as: canonical, at: placeholder, context, by: context.weights)
    weightGradient = weightPort.outer
    biasGradient = try bias.map { descriptor throws(OneDNNError) in
      try Memory(descriptor, at: placeholder.pointer)
    }
    tensors = [
      (DNNL_ARG_SRC, weightsInput.memory), (DNNL_ARG_DIFF_DST, weightsOutput.memory),
      (DNNL_ARG_DIFF_WEIGHTS, weightPort.memory),
    ]
    if let biasGradient { tensors.append((DNNL_ARG_DIFF_BIAS, biasGradient)) }
    let gradient = try BoundPrimitive(weights.primitive, context, tensors)
    parameterGradientSteps = [
      weightsInput.conversion, weightsOutput.conversion, gradient, weightPort.conversion,
    ].compactMap { $0 }

    let ports = [
      forwardInput, forwardOutput, dataOutput, dataInput, weightsInput, weightsOutput, weightPort,
    ]
    keptAlive = ports.flatMap(\.kept)
  }

  /// Computes the output from the input.
  public func forward() throws(OneDNNError) {
    input.enter()
    for step in forwardSteps { try step.run() }
    output.leave()
  }

  /// Computes the gradient by the input from the gradient by the output.
  ///
  /// Touches no parameter gradient.
  public func backwardInput() throws(OneDNNError) {
    outputGradient.enter()
    for step in inputGradientSteps { try step.run() }
    inputGradient.leave()
  }

  /// Computes the gradient by weights and bias, summed over the samples, into the given places.
  ///
  /// Overwrites them; uses the input of the last forward pass and the current gradient by the output.
  public func backwardParameters(
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?
  ) throws(OneDNNError) {
    precondition((bias == nil) == (biasGradient == nil), "a bias and a place for its gradient go together")
    input.enter()
    outputGradient.enter()
    try weightGradient.point(at: weights)
    if let bias { try biasGradient?.point(at: bias) }
    for step in parameterGradientSteps { try step.run() }
  }
}

/// A tensor of a pass: where the primitive sees it, and the conversion where the caller's format differs.
private struct Port {
  /// The tensor in the primitive's format.
  let memory: Memory
  /// The tensor in the caller's format.
  let outer: Memory
  let conversion: BoundPrimitive?
  let kept: [AnyObject]

  /// A tensor that the primitive reads.
  init(
    entering caller: MemoryDescriptor, as chosen: MemoryDescriptor, at buffer: AlignedBuffer<Float>,
    _ context: KernelContext
  ) throws(OneDNNError) {
    outer = try Memory(caller, at: buffer.pointer)
    if chosen.isEqual(to: caller) {
      (memory, conversion, kept) = (outer, nil, [buffer])
      return
    }
    let converted = AlignedBuffer<UInt8>(count: chosen.bytes)
    memory = try Memory(chosen, at: converted.pointer)
    conversion = try BoundPrimitive(
      try Primitive.reorder(from: caller, to: chosen), context,
      [(DNNL_ARG_FROM, outer), (DNNL_ARG_TO, memory)])
    kept = [buffer, converted]
  }

  /// A tensor that the primitive writes, on its way in `scratch` where that has room for it.
  init(
    leaving chosen: MemoryDescriptor, as caller: MemoryDescriptor, at buffer: AlignedBuffer<Float>,
    _ context: KernelContext, by scratch: AlignedBuffer<UInt8>? = nil
  ) throws(OneDNNError) {
    outer = try Memory(caller, at: buffer.pointer)
    if chosen.isEqual(to: caller) {
      (memory, conversion, kept) = (outer, nil, [buffer])
      return
    }
    let converted =
      if let scratch, scratch.count >= chosen.bytes { scratch } else {
        AlignedBuffer<UInt8>(count: chosen.bytes)
      }
    memory = try Memory(chosen, at: converted.pointer)
    conversion = try BoundPrimitive(
      try Primitive.reorder(from: chosen, to: caller), context,
      [(DNNL_ARG_FROM, memory), (DNNL_ARG_TO, outer)])
    kept = [buffer, converted]
  }
}
