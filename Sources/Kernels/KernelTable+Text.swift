extension KernelTable {
  /// The lines as text that `init(parsing:)` reads, in a fixed order.
  public var text: String {
    lines.sorted { $0.key < $1.key }.map { "\($0.key.padded) \($0.value)\n" }.joined()
  }

  static func parse(_ words: [Substring]) -> (Key, Choice)? {
    guard words.count >= 3, let oneDNN = Int(words[1]),
      let set = InstructionSet.allCases.first(where: { $0.description == words[0] }),
      let shape = KernelShape(key: words[2], lanes: set.channelLanes)
    else { return nil }
    let key = Key(instructionSet: set, oneDNN: oneDNN, shape: String(words[2]))
    switch shape {
    case .convolution:
      guard let values = values(of: ["forward", "backward", "weights"], in: words[3...]),
        let (forward, forwardName) = Implementation<ConvolutionBlock.Forward>.parse(values[0]),
        let (backward, backwardName) = Implementation<ConvolutionBlock.Backward>.parse(values[1]),
        let (gradient, gradientName) = Implementation<ConvolutionBlock.ParameterGradient>.parse(values[2])
      else { return nil }
      let library = AffineChoice(forward: forwardName, backward: backwardName, weights: gradientName)
      let choice = KernelChoice(
        forward: forward, backward: backward, parameterGradient: gradient, library: library)
      return (key, .convolution(choice))
    case .dense:
      guard let values = values(of: ["layer", "weights"], in: words[3...]),
        let (owner, name) = Implementation<DenseOwner>.parse(values[0]),
        let (gradientOwner, gradientName) = Implementation<DenseOwner>.parse(values[1])
      else { return nil }
      let library = AffineChoice(forward: name, backward: name, weights: gradientName)
      let choice = DenseChoice(
        isOwn: owner == .own, ownsParameterGradient: gradientOwner == .own, library: library)
      return (key, .dense(choice))
    }
  }

  /// The values of `name=value` words, which have to be these names in this order.
  private static func values(of names: [String], in words: ArraySlice<Substring>) -> [Substring]? {
    guard words.count == names.count else { return nil }
    let values = zip(words, names).compactMap { word, name in
      word.hasPrefix("\(name)=") ? word.dropFirst(name.count + 1) : nil
    }
    return values.count == names.count && !values.contains("") ? values : nil
  }
}

/// `library:NAME` with oneDNN's name, or the name of a kernel of our own.
private enum Implementation<Own: RawRepresentable> where Own.RawValue == String {
  static func parse(_ word: Substring) -> (Own, name: String?)? {
    let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let own = Own(rawValue: String(parts[0])) else { return nil }
    if parts.count == 1 { return (own, nil) }
    return parts[0] == "library" && !parts[1].isEmpty ? (own, String(parts[1])) : nil
  }
}

private enum DenseOwner: String {
  case own, library
}

extension KernelTable.Key: Comparable, CustomStringConvertible {
  /// As a line begins.
  public var description: String { "\(instructionSet) \(oneDNN) \(shape)" }

  /// Orders by instruction set, version, kind, and the numbers of the shape.
  public static func < (left: KernelTable.Key, right: KernelTable.Key) -> Bool {
    left.order.lexicographicallyPrecedes(right.order)
  }

  /// The same in columns.
  fileprivate var padded: String {
    let fill = { (text: String, width: Int) in
      text + String(repeating: " ", count: max(width - text.count, 0))
    }
    return "\(fill("\(instructionSet)", 6)) \(oneDNN) \(fill(shape, 20))"
  }

  private var order: [Int] {
    let numbers = shape.split { !$0.isWholeNumber }.compactMap { Int($0) }
    return [instructionSet.rawValue, oneDNN, shape.contains("k") ? 0 : 1] + numbers
  }
}

extension KernelTable.Choice: CustomStringConvertible {
  /// As a line ends.
  public var description: String {
    switch self {
    case .convolution(let choice):
      let forward = Self.word(choice.forward.rawValue, choice.library.forward)
      let backward = Self.word(choice.backward.rawValue, choice.library.backward)
      let weights = Self.word(choice.parameterGradient.rawValue, choice.library.weights)
      return "forward=\(forward) backward=\(backward) weights=\(weights)"
    case .dense(let choice):
      let layer = Self.word(choice.isOwn ? "own" : "library", choice.library.forward)
      let weights = Self.word(choice.ownsParameterGradient ? "own" : "library", choice.library.weights)
      return "layer=\(layer) weights=\(weights)"
    }
  }

  private static func word(_ implementation: String, _ name: String?) -> String {
    implementation == "library" && name != nil ? "library:\(name ?? "")" : implementation
  }
}
