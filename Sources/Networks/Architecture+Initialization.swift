public import Tensors

extension Architecture {
  /// Draws initial parameters: the same for every rank, from the seed alone.
  public func initialParameters(seed: UInt64) -> ParameterArena {
    let arena = ParameterArena(parameterLayout())
    var index: UInt32 = 0
    for step in flattened() {
      guard let parameters = step.parameters else { continue }
      let names = ["\(parameters.name).weight"] + (parameters.bias ? ["\(parameters.name).bias"] : [])
      for name in names {
        guard let entry = arena.layout[name] else { continue }
        var stream = RandomStream(RandomIdentity(seed: seed, purpose: .initialization, sample: index))
        let isBias = name.hasSuffix(".bias")
        for i in 0..<entry.count {
          arena.values(entry)[i] = parameters.initialValue(isBias: isBias, from: &stream)
        }
        index += 1
      }
    }
    RunningStatistics(arena.layout).reset(arena)
    return arena
  }
}

extension Architecture.LayerParameters {
  fileprivate func initialValue(isBias: Bool, from stream: inout RandomStream) -> Float {
    switch initialization {
    case .kaimingUniform:
      return Float(Double(stream.symmetric()) / Double(fanIn).squareRoot())
    case .kaimingNormal:
      return isBias ? 0 : Float(stream.normal() * (2 / Double(fanIn)).squareRoot())
    case .truncatedNormal(let deviation, let bias):
      if isBias { return bias }
      var value = stream.normal()
      while abs(value) > 2 { value = stream.normal() }
      return Float(value) * deviation
    case .kaimingNormalFanOut:
      return isBias ? 0 : Float(stream.normal() * (2 / Double(fanOut)).squareRoot())
    case .kaimingUniformZeroBias:
      return isBias ? 0 : Float(Double(stream.symmetric()) / Double(fanIn).squareRoot())
    case .one:
      return isBias ? 0 : 1
    case .zero:
      return 0
    case .intervalPreserving:
      return isBias ? 0 : Float(stream.normal() * (2 * Double.pi).squareRoot() / Double(fanIn))
    }
  }
}
