import Kernels
public import Tensors

/// The working memory of one thread on a relaxation network, for a few samples at a time.
///
/// Belongs to an interval session, whose intervals it reads and whose backward pass it adds to. For a whole
/// micro-batch: `begin`, then for each group of samples `forward`, a loss, `backward`; then the interval session's
/// `backward`. Not shared between threads.
public final class RelaxationSession {
  /// The network this session runs.
  public let network: RelaxationNetwork

  private let context: KernelContext
  private let operations: [(any BoundOperation)?]
  /// The coefficients of the bounds at the image, behind each layer, and before the last: rows x values.
  private let coefficients: [AlignedBuffer<Float>]
  /// The gradients by those, of which two in a row are needed at a time.
  private let gradients: [AlignedBuffer<Float>]
  private let relus: [ReLULines?]
  /// The gradients by the biases, by place.
  private let biasGradients: [AlignedBuffer<Float>?]
  private let groupGradient: ParameterArena
  /// The gradient of all groups of a micro-batch.
  private let total: ParameterArena
  /// The gradients by the intervals before each ReLU.
  private let intervalGradients: [IntervalBuffer?]
  private var constants: [Double]
  /// The lower bounds on the margins of the group, rows in order.
  private var margins: [Double]
  private var group = 0..<0
  private var labels: [Int] = []
  /// No dropout is left among the layers, so that neither mode nor identities matter.
  private let nobody = AlignedBuffer<UInt32>(count: 0)

  init(_ network: RelaxationNetwork, microbatch: Int) throws {
    self.network = network
    let steps = network.plan.steps
    let rows = network.rows
    context = try KernelContext(KernelScratch.covering(network.operations.compactMap { $0?.scratch }))
    let sizes = [network.plan.architecture.input.elements] + steps.map(\.output.elements)
    coefficients = sizes.map { AlignedBuffer(count: rows * $0) }
    let largest = sizes.max() ?? 0
    let turns = (0..<2).map { _ in AlignedBuffer<Float>(count: rows * largest) }
    gradients = sizes.indices.map { turns[$0 % 2] }
    var bound: [(any BoundOperation)?] = []
    for (index, operation) in network.operations.enumerated() {
      // Backward is forward here: coefficients behind a layer are what gradients by its output are in training, and the
      // gradients by coefficients go the way of values.
      let buffers = OperationBuffers(
        batch: rows, input: gradients[index], output: gradients[index + 1],
        inputGradient: coefficients[index], outputGradient: coefficients[index + 1])
      bound.append(try operation?.bind(buffers, on: context))
    }
    operations = bound
    relus = steps.map { step in
      if case .relu(let layout) = step { return ReLULines(layout.elements) }
      return nil
    }
    biasGradients = network.biases.map { $0.map { AlignedBuffer(count: $0.count) } }
    groupGradient = ParameterArena(network.plan.parameters)
    total = ParameterArena(network.plan.parameters)
    let batch = microbatch
    intervalGradients = relus.map { $0.map { IntervalBuffer(count: batch * $0.count) } }
    constants = Array(repeating: 0, count: rows)
    margins = constants
  }

  private var last: MarginLayer { network.plan.last }

  /// Begins a micro-batch, whose backward pass through `intervals` will take up what comes through their lines.
  public func begin(_ intervals: IntervalSession) {
    for buffer in biasGradients { buffer?.clear() }
    for buffer in intervalGradients {
      buffer?.centre.clear()
      buffer?.radius.clear()
    }
    total.storage.clear()
    intervals.addedGradients = intervalGradients
  }

  /// Ends a micro-batch: adds the gradients of all its bounds by all parameters.
  public func end(_ intervals: IntervalSession, addingTo gradient: ParameterArena) {
    intervals.addedGradients = []
    for (step, places) in zip(network.plan.steps, biasGradients) {
      guard let entry = step.bias, let places else { continue }
      step.output.forEachPlace { channel, place in
        total.pointer[entry.offset + channel] += places.pointer[place]
      }
    }
    Passes.selected.add(gradient.pointer, total.pointer, gradient.count)
  }

  /// Bounds the margins of a few samples, from the intervals of the last forward pass of `intervals`.
  ///
  /// Afterwards the worst-case outputs of these samples are a mixture: `share` of these bounds, and the rest of the
  /// interval bounds.
  ///
  /// - Parameters:
  ///   - samples: At most `samplesTogether` rows of the micro-batch.
  ///   - intervals: The session whose intervals lie between the layers.
  ///   - share: The share of these bounds.
  public func forward(_ samples: Range<Int>, of intervals: IntervalSession, share: Double) throws {
    precondition(samples.count <= RelaxationNetwork.samplesTogether, "too many samples together")
    group = samples
    labels = Array(intervals.labels[samples])
    startAtMargins()
    for index in network.plan.steps.indices.reversed() {
      if let lines = relus[index] {
        relax(index, lines, intervals.inputs[index])
        continue
      }
      addBias(index)
      try operations[index]?.backwardInput()
    }
    let count = network.plan.architecture.input.elements
    for row in 0..<network.rows {
      let sample = row / last.classes
      guard sample < samples.count else { continue }
      let place = (samples.lowerBound + sample) * count
      margins[row] =
        constants[row]
        + RelaxationPasses.selected.least(
          coefficients[0].pointer + row * count, centre: intervals.inputs[0].centre.pointer + place,
          radius: intervals.inputs[0].radius.pointer + place, count)
      let (sampleIndex, other) = (samples.lowerBound + sample, row % last.classes)
      if other == labels[sample] { continue }
      let slot = intervals.outputSlot(sampleIndex, other)
      slot.pointee = Float((1 - share) * Double(slot.pointee) - share * margins[row])
    }
  }

  /// The margins as functions of the values before the last layer; rows of no sample, and those of a label, are zero.
  private func startAtMargins() {
    let end = coefficients[network.plan.steps.count]
    end.pointer.update(repeating: 0, count: end.count)
    for row in constants.indices { constants[row] = 0 }
    for (sample, label) in labels.enumerated() {
      for other in 0..<last.classes where other != label {
        let row = sample * last.classes + other
        let (own, rival) = (weights(of: label), weights(of: other))
        let target = end.pointer + row * last.inputs
        for i in 0..<last.inputs { target[i] = own[i] - rival[i] }
        if let bias = last.bias {
          let values = network.parameters.pointer + bias.offset
          constants[row] = Double(values[label]) - Double(values[other])
        }
      }
    }
  }

  private func weights(of label: Int) -> UnsafeMutablePointer<Float> {
    network.parameters.pointer + last.weights.offset + label * last.inputs
  }

  private func addBias(_ index: Int) {
    guard let bias = network.biases[index] else { return }
    for row in 0..<network.rows {
      constants[row] += RelaxationPasses.selected.dot(
        coefficients[index + 1].pointer + row * bias.count, bias.pointer, bias.count)
    }
  }

  private func relax(_ index: Int, _ lines: ReLULines, _ interval: IntervalBuffer) {
    let count = lines.count
    lines.clear(from: group.count)
    for sample in group {
      let local = sample - group.lowerBound
      RelaxationPasses.selected.lines(
        centre: interval.centre.pointer + sample * count, radius: interval.radius.pointer + sample * count,
        into: lines.of(local), count)
    }
    for row in 0..<network.rows {
      let place = row * count
      // Rows of no sample are zero, and stay so with any lines.
      constants[row] += RelaxationPasses.selected.relax(
        coefficients[index + 1].pointer + place, lines.of(row / last.classes),
        into: coefficients[index].pointer + place, count)
    }
  }
}

extension RelaxationSession {
  /// Adds up the gradients of the group's bounds.
  ///
  /// Reads the interval session's `outputGradient` of these samples, and leaves the share that is the interval bounds'.
  public func backward(through intervals: IntervalSession, share: Double) throws {
    let passes = RelaxationPasses.selected
    let image = network.plan.architecture.input.elements
    let factors = (0..<network.rows).map { row -> Float in
      let sample = row / last.classes
      guard sample < group.count, row % last.classes != labels[sample] else { return 0 }
      // The worst-case output is minus the margin.
      let slot = intervals.outputGradient + (group.lowerBound + sample) * last.classes + row % last.classes
      defer { slot.pointee = Float((1 - share) * Double(slot.pointee)) }
      return -Float(share) * slot.pointee
    }
    for row in 0..<network.rows {
      let place = (group.lowerBound + min(row / last.classes, group.count - 1)) * image
      passes.leastGradient(
        factors[row], coefficients[0].pointer + row * image,
        centre: intervals.inputs[0].centre.pointer + place,
        radius: intervals.inputs[0].radius.pointer + place, into: gradients[0].pointer + row * image, image)
    }
    let pass = ForwardPass(mode: .evaluation, samples: UnsafePointer(nobody.pointer), rows: network.rows)
    for index in network.plan.steps.indices {
      if let lines = relus[index] {
        relaxBackward(index, lines, factors, intervals)
        continue
      }
      try operations[index]?.forward(pass)
      try operations[index]?.backwardParameters(into: groupGradient)
      addBiasGradient(index, factors)
    }
    for step in network.plan.steps {
      guard let entry = step.weights else { continue }
      Passes.selected.add(
        total.pointer + entry.offset, groupGradient.pointer + entry.offset, entry.count)
    }
    addMarginGradient(factors)
  }

  private func relaxBackward(
    _ index: Int, _ lines: ReLULines, _ factors: [Float], _ intervals: IntervalSession
  ) {
    let count = lines.count
    lines.clearGradients()
    for row in 0..<network.rows {
      let sample = row / last.classes
      RelaxationPasses.selected.relaxGradient(
        factors[row], coefficients[index + 1].pointer + row * count, lines.of(sample),
        resultGradient: gradients[index].pointer + row * count,
        coefficientGradient: gradients[index + 1].pointer + row * count,
        slopeGradient: lines.slopeGradient.pointer + sample * count,
        offsetGradient: lines.offsetGradient.pointer + sample * count, count)
    }
    guard let extra = intervalGradients[index] else { return }
    for sample in group {
      let (local, place) = (sample - group.lowerBound, sample * count)
      RelaxationPasses.selected.addLinesGradient(
        centre: intervals.inputs[index].centre.pointer + place,
        radius: intervals.inputs[index].radius.pointer + place,
        slopeGradient: lines.slopeGradient.pointer + local * count,
        offsetGradient: lines.offsetGradient.pointer + local * count,
        toCentre: extra.centre.pointer + place, toRadius: extra.radius.pointer + place, count)
    }
  }

  private func addBiasGradient(_ index: Int, _ factors: [Float]) {
    guard let bias = network.biases[index], let sum = biasGradients[index] else { return }
    for row in 0..<network.rows where factors[row] != 0 {
      let place = row * bias.count
      Passes.selected.addScaled(
        gradients[index + 1].pointer + place, factors[row], bias.pointer, bias.count)
      Passes.selected.addScaled(
        sum.pointer, factors[row], coefficients[index + 1].pointer + place, bias.count)
    }
  }

  private func addMarginGradient(_ factors: [Float]) {
    let end = gradients[network.plan.steps.count]
    for (sample, label) in labels.enumerated() {
      for other in 0..<last.classes where other != label {
        let row = sample * last.classes + other
        let own = total.pointer + last.weights.offset
        let source = end.pointer + row * last.inputs
        Passes.selected.add(own + label * last.inputs, source, last.inputs)
        Passes.selected.addScaled(own + other * last.inputs, -1, source, last.inputs)
        if let bias = last.bias {
          total.pointer[bias.offset + label] += factors[row]
          total.pointer[bias.offset + other] -= factors[row]
        }
      }
    }
  }
}
