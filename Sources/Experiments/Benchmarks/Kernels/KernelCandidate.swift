import Kernels

/// One implementation of one pass of a shape.
struct KernelCandidate {
  /// The pass.
  let pass: KernelPass
  /// As the table of kernels names it.
  let name: String
  /// Whether it is a kernel of our own.
  let isOwn: Bool
  /// A choice for the whole shape with this implementation in it.
  let choice: KernelTable.Choice
  /// What `implementations` says where oneDNN really offers it.
  private let implementation: String

  /// All candidates for a shape: our own first, then oneDNN's in its order of preference.
  static func all(for shape: KernelShape, batch: Int) throws -> [KernelCandidate] {
    let offers = try AffineOffers(shape.product, batch: batch)
    switch shape {
    case .convolution(let block): return all(for: block, offers)
    case .dense(let layer): return all(for: layer, offers)
    }
  }

  /// Whether the kernel runs what it was asked to run.
  func runs(in instance: KernelInstance) -> Bool {
    let passes = KernelPass.allCases
    return zip(passes, instance.implementations).contains { $0 == pass && $1 == implementation }
  }

  private static func all(for block: ConvolutionBlock, _ offers: AffineOffers) -> [KernelCandidate] {
    let rule = KernelChoice.rule(for: block)
    var candidates: [KernelCandidate] = []
    for forward in block.forwardChoices where forward != .library {
      candidates.append(
        KernelCandidate(
          pass: .forward, name: forward.rawValue, isOwn: true,
          choice: .convolution(KernelChoice(forward: forward, backward: rule.backward)),
          implementation: "own:\(forward.rawValue)"))
    }
    for name in offers.forward {
      let choice = KernelChoice(
        forward: .library, backward: rule.backward, library: AffineChoice(forward: name))
      candidates.append(.library(.forward, name, .convolution(choice)))
    }
    for backward in block.backwardChoices where backward != .library {
      candidates.append(
        KernelCandidate(
          pass: .inputGradient, name: backward.rawValue, isOwn: true,
          choice: .convolution(KernelChoice(forward: rule.forward, backward: backward)),
          implementation: "own:\(backward.rawValue)"))
    }
    for name in offers.backward {
      let choice = KernelChoice(
        forward: rule.forward, backward: .library, library: AffineChoice(backward: name))
      candidates.append(.library(.inputGradient, name, .convolution(choice)))
    }
    for gradient in block.parameterGradientChoices where gradient != .library {
      let choice = KernelChoice(
        forward: rule.forward, backward: rule.backward, parameterGradient: gradient)
      candidates.append(
        KernelCandidate(
          pass: .weightGradient, name: gradient.rawValue, isOwn: true, choice: .convolution(choice),
          implementation: "own:\(gradient.rawValue)"))
    }
    for name in offers.weights {
      let choice = KernelChoice(
        forward: rule.forward, backward: rule.backward, library: AffineChoice(weights: name))
      candidates.append(.library(.weightGradient, name, .convolution(choice)))
    }
    return candidates
  }

  /// A fully connected layer is chosen as a whole: the same names for the forward pass and the gradient by input.
  private static func all(for layer: DenseLayer, _ offers: AffineOffers) -> [KernelCandidate] {
    var candidates: [KernelCandidate] = []
    for pass in [KernelPass.forward, .inputGradient] {
      candidates.append(
        KernelCandidate(
          pass: pass, name: "own", isOwn: true, choice: .dense(DenseChoice(isOwn: true)),
          implementation: pass == .inputGradient && layer.skipsZeros ? "own:gated" : "own:dense"))
      for name in offers.forward where offers.backward.contains(name) {
        let choice = DenseChoice(isOwn: false, library: AffineChoice(forward: name, backward: name))
        candidates.append(.library(pass, name, .dense(choice)))
      }
    }
    if layer.skipsZeros {
      candidates.append(
        KernelCandidate(
          pass: .weightGradient, name: "own", isOwn: true,
          choice: .dense(DenseChoice(isOwn: true, ownsParameterGradient: true)), implementation: "own:gated"))
    }
    for name in offers.weights {
      let choice = DenseChoice(isOwn: true, library: AffineChoice(weights: name))
      candidates.append(.library(.weightGradient, name, .dense(choice)))
    }
    return candidates
  }

  private static func library(
    _ pass: KernelPass, _ name: String, _ choice: KernelTable.Choice
  ) -> KernelCandidate {
    KernelCandidate(
      pass: pass, name: "library:\(name)", isOwn: false, choice: choice, implementation: name)
  }
}

extension KernelTable.Choice {
  /// The name of the candidate that it takes for a pass, among those there are.
  func name(of pass: KernelPass, among candidates: [KernelCandidate]) -> String? {
    let own: String?
    let library: String?
    switch (self, pass) {
    case (.convolution(let choice), .forward):
      (own, library) = (choice.forward == .library ? nil : choice.forward.rawValue, choice.library.forward)
    case (.convolution(let choice), .inputGradient):
      (own, library) = (choice.backward == .library ? nil : choice.backward.rawValue, choice.library.backward)
    case (.convolution(let choice), .weightGradient):
      own = choice.parameterGradient == .library ? nil : choice.parameterGradient.rawValue
      library = choice.library.weights
    case (.dense(let choice), .forward): (own, library) = (choice.isOwn ? "own" : nil, choice.library.forward)
    case (.dense(let choice), .inputGradient):
      (own, library) = (choice.isOwn ? "own" : nil, choice.library.backward)
    case (.dense(let choice), .weightGradient):
      (own, library) = (choice.ownsParameterGradient ? "own" : nil, choice.library.weights)
    }
    if let own { return own }
    // A name that is not offered means the first.
    let offered = candidates.filter { $0.pass == pass && !$0.isOwn }.map(\.name)
    return offered.first { $0 == "library:\(library ?? "")" } ?? offered.first
  }
}
