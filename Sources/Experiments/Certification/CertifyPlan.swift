import Attacks
import Certificates
import Evaluation

/// What `certify` does, from what the command line says.
struct CertifyPlan {
  /// How samples are certified.
  enum Method {
    case each(CertificateMethod)
    case smoothing(RandomizedSmoothing, predicts: Bool)
  }

  let method: Method
  let threats: [ThreatModel]
  /// By threat, what attacks the samples that are not certified; nil for nothing.
  let attacks: [AttackConfiguration?]

  /// Checks that everything fits together.
  ///
  /// - Throws: `ExperimentError.usage`, `ConfigurationError`.
  init(_ options: CertifyOptions, _ configuration: ExperimentConfiguration) throws {
    method = try Self.method(options)
    let threats = try Self.threats(options, configuration, method)
    self.threats = threats
    if options.attack != nil && options.earlier != nil {
      throw ExperimentError.usage("--attack and --with both say what breaks samples: choose one of them")
    }
    if case .smoothing = method, options.attack != nil || options.earlier != nil {
      throw ExperimentError.usage(
        "smoothing certifies the smoothed classifier and attacks break the network itself: there is no bracket of "
          + "the two, so leave --attack and --with out")
    }
    if case .each(.exact) = method, !configuration.model.name.isLinear {
      throw ExperimentError.usage(
        "the method exact is the closed form of linear models; \(configuration.model.fullName) is none: use ibp, "
          + "crown-ibp or crown")
    }
    let selection = try AttackSelection(
      names: options.attack.map { [$0] } ?? [], settings: options.attackSettings)
    let isBinary = configuration.model.isBinary
    attacks = try threats.map { threat in
      let found = try selection.attacks(
        epsilon: threat.epsilon.asWritten, isBinary: isBinary, classes: configuration.data.classCount
      ).first
      return found?.name == AttackConfiguration.Name.none ? nil : found
    }
    let model = configuration.model.name
    if attacks.contains(where: { $0?.name == .exact }), !model.isLinear {
      throw ExperimentError.usage(
        "the attack exact is the closed form of linear models; \(model.rawValue) is none")
    }
  }

  private static func method(_ options: CertifyOptions) throws -> Method {
    guard CertifyOptions.methods.contains(options.method) else {
      throw ExperimentError.usage(
        "--method is \(options.method) and has to be one of \(CertifyOptions.methods.joined(separator: ", "))"
      )
    }
    let forSmoothing: [(String, Bool)] = [
      ("--sigma", options.sigma != nil), ("--samples", options.samples != nil),
      ("--selection-samples", options.selectionSamples != nil), ("--alpha", options.alpha != nil),
      ("--predict", options.predicts),
    ]
    if options.method != "smoothing", let idle = forSmoothing.first(where: \.1) {
      throw ExperimentError.usage(
        "\(idle.0) does nothing with --method \(options.method): it is for smoothing")
    }
    if options.keepsBounds, BoundMethod(rawValue: options.method) == nil {
      throw ExperimentError.usage(
        "--bounds does nothing with --method \(options.method): it is for ibp, crown-ibp and crown")
    }
    if options.coversMinimalFiltering, BoundMethod(rawValue: options.method) == nil {
      throw ExperimentError.usage(
        "--minimal-filtering does nothing with --method \(options.method): it is for ibp, crown-ibp and crown"
      )
    }
    switch options.method {
    case "exact": return .each(.exact)
    case "smoothing": return .smoothing(try smoothing(options), predicts: options.predicts)
    default:
      return .each(
        .bounds(
          BoundMethod(rawValue: options.method) ?? .crown,
          coversMinimalFiltering: options.coversMinimalFiltering))
    }
  }

  private static func smoothing(_ options: CertifyOptions) throws -> RandomizedSmoothing {
    guard let text = options.sigma else {
      throw ExperimentError.usage("--method smoothing needs --sigma, the standard deviation of the noise")
    }
    guard let sigma = ConfigurationNumber.real(text), sigma > 0 else {
      throw ExperimentError.usage("--sigma is \(text) and has to be a number above 0, such as 0.25")
    }
    let alphaText = options.alpha ?? "0.001"
    guard let alpha = ConfigurationNumber.real(alphaText), alpha > 0, alpha < 0.5 else {
      throw ExperimentError.usage("--alpha is \(alphaText) and has to be between 0 and 0.5, such as 0.001")
    }
    return RandomizedSmoothing(
      sigma: sigma, selectionDraws: options.selectionSamples ?? 100, draws: options.samples ?? 100_000,
      alpha: alpha)
  }

  private static func threats(
    _ options: CertifyOptions, _ configuration: ExperimentConfiguration, _ method: Method
  ) throws -> [ThreatModel] {
    let own = configuration.threat.model
    var norm = own.norm
    if case .smoothing = method { norm = .l2 }
    if let text = options.norm {
      guard let named = Norm(rawValue: text) else {
        throw ExperimentError.usage("--norm is \(text) and has to be linf, l2 or l1")
      }
      if case .smoothing = method, named != .l2 {
        throw ExperimentError.usage("--norm is \(text), and smoothing certifies l2 balls only")
      }
      norm = named
    }
    if options.epsilons.isEmpty {
      if options.predicts { return [ThreatModel(norm: .l2, epsilon: 0)] }
      guard norm == own.norm else {
        throw ExperimentError.usage(
          "\(norm.rawValue) needs --epsilon: the run's \(own.epsilon) is a radius in \(own.norm.rawValue)")
      }
      return [own]
    }
    return try options.epsilons.map { text in
      guard let value = ConfigurationNumber.real(text), value >= 0, Float(value).isFinite else {
        throw ExperimentError.usage(
          "--epsilon has \(text), which has to be a number or a fraction from 0 up, such as 0.3 or 8/255")
      }
      return ThreatModel(norm: norm, epsilon: Float(value), box: own.box)
    }
  }
}
