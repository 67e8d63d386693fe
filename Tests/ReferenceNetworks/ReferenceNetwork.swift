public import Networks
public import Tensors

/// An architecture interpreted layer by layer in Double on one (C, H, W) sample: slow, plain, and sharing no
/// code with the kernels it checks.
public struct ReferenceNetwork: Sendable {
  /// The layers with their shapes.
  let steps: [ReferenceStep]
  /// The parameters by name, laid out as in PyTorch; finite differences change them.
  public var parameters: [String: [Double]]

  /// Interprets `architecture` with these parameters.
  public init(_ architecture: Architecture, _ arena: ParameterArena) {
    steps = ReferenceStep.steps(of: architecture)
    let tensors = arena.namedTensors().map { ($0.name, $0.values.map(Double.init)) }
    parameters = Dictionary(tensors, uniquingKeysWith: { first, _ in first })
  }

  /// What a forward pass leaves behind for the backward pass.
  public struct Trace: Sendable {
    /// The network's outputs.
    public var outputs: [Double]
    /// How near a ReLU or a maximum is to changing its mind, relative to the layer's largest value.
    ///
    /// Below rounding errors, float32 and Double may take different branches and have different gradients.
    public var distanceToKink = Double.infinity
    var records: [Record] = []

    struct Record: Sendable {
      var input: [Double]
      /// Of a maximum: the input each output is.
      var chosen: [Int] = []
      /// Of dropout: what each value was multiplied with.
      var mask: [Double] = []
    }
  }

  /// The outputs for an image, and the way there.
  ///
  /// - Parameter sample: The sample's identity, which dropout masks depend on.
  public func forward(_ image: [Double], _ mode: ForwardMode = .evaluation, sample: UInt32 = 0) -> Trace {
    var trace = Trace(outputs: image)
    for step in steps {
      let input = trace.outputs
      var record = Trace.Record(input: input)
      switch step {
      case .convolution(let name, let layer):
        trace.outputs = layer.forward(input, weights: self["\(name).weight"], bias: self["\(name).bias"])
      case .linear(let name, let layer):
        trace.outputs = layer.forward(input, weights: self["\(name).weight"], bias: self["\(name).bias"])
      case .relu:
        trace.noteSigns(input)
        trace.outputs = input.map { $0 > 0 ? $0 : 0 }
      case .maximum(let pooling):
        (trace.outputs, record.chosen) = pooling.maximum(input)
        trace.noteRivals(input, pooling, record.chosen)
      case .average(let pooling):
        trace.outputs = pooling.average(input)
      case .dropout(let dropout):
        record.mask = dropout.mask(mode, sample: sample)
        trace.outputs = zip(input, record.mask).map { $0 * $1 }
      case .flatten:
        break
      }
      trace.records.append(record)
    }
    return trace
  }

  /// The gradient by the image, given that by the outputs.
  ///
  /// - Parameter gradients: Where the gradients by the parameters are added, by name, if they are wanted.
  public func backward(
    _ trace: Trace, outputGradient: [Double], addingTo gradients: inout [String: [Double]]?
  ) -> [Double] {
    var gradient = outputGradient
    for (step, record) in zip(steps, trace.records).reversed() {
      switch step {
      case .convolution(let name, let layer):
        if gradients != nil {
          let parts = layer.parameterGradient(record.input, outputGradient: gradient)
          gradients?["\(name).weight", default: []].accumulate(parts.weights)
          gradients?["\(name).bias", default: []].accumulate(parts.bias)
        }
        gradient = layer.inputGradient(gradient, weights: self["\(name).weight"])
      case .linear(let name, let layer):
        if gradients != nil {
          let parts = layer.parameterGradient(record.input, outputGradient: gradient)
          gradients?["\(name).weight", default: []].accumulate(parts.weights)
          if !self["\(name).bias"].isEmpty { gradients?["\(name).bias", default: []].accumulate(parts.bias) }
        }
        gradient = layer.inputGradient(gradient, weights: self["\(name).weight"])
      case .relu:
        gradient = zip(gradient, record.input).map { $1 > 0 ? $0 : 0 }
      case .maximum(let pooling):
        gradient = pooling.maximumGradient(gradient, from: record.chosen)
      case .average(let pooling):
        gradient = pooling.averageGradient(gradient)
      case .dropout:
        gradient = zip(gradient, record.mask).map { $0 * $1 }
      case .flatten:
        break
      }
    }
    return gradient
  }

  /// The gradient by the image alone.
  public func imageGradient(_ trace: Trace, outputGradient: [Double]) -> [Double] {
    var none: [String: [Double]]?
    return backward(trace, outputGradient: outputGradient, addingTo: &none)
  }

  /// A parameter; empty where the layer has no such one.
  private subscript(name: String) -> [Double] { parameters[name] ?? [] }
}

extension ReferenceNetwork.Trace {
  fileprivate mutating func noteSigns(_ values: [Double]) {
    let largest = values.reduce(0) { max($0, abs($1)) }
    for value in values where value != 0 { distanceToKink = min(distanceToKink, abs(value) / largest) }
  }

  fileprivate mutating func noteRivals(_ values: [Double], _ pooling: ReferencePooling, _ chosen: [Int]) {
    let largest = values.reduce(0) { max($0, abs($1)) }
    for (output, best) in chosen.enumerated() {
      // Equal values are zeros that a ReLU has made: equal in float32 too.
      for tap in pooling.taps(of: output) where values[tap] != values[best] {
        distanceToKink = min(distanceToKink, (values[best] - values[tap]) / largest)
      }
    }
  }
}

extension [Double] {
  /// Adds `other` element by element; an empty array stands for zeros.
  mutating func accumulate(_ other: [Double]) {
    if isEmpty {
      self = other
    } else {
      for i in indices { self[i] += other[i] }
    }
  }
}
