import Kernels
public import MessagePassing
import Networks

/// `holdfast bench kernels`: the speed of every implementation of every layer, and the table of the fastest.
///
/// Rank 0 measures; the other ranks wait for it.
public struct KernelBenchmark {
  /// What the command line says.
  public struct Options: Sendable {
    /// The architectures; none for all.
    public var models: [String] = []
    /// The samples of a pass.
    public var microbatch = 32
    /// How often every candidate has its turn.
    public var rounds = 40
    /// Whether to rewrite the table of kernels.
    public var tunes = false
    /// The file of the table; nil for the one in the current checkout.
    public var output: String?
    /// Whether standard output gets one JSON object.
    public var json = false

    /// Creates options with their defaults.
    public init() {}
  }

  /// A shape and the layers that have it.
  private struct Subject {
    let key: String
    let shape: KernelShape
    let isFirst: Bool
    var layers: [String]
  }

  private let options: Options
  private let communicator: Communicator
  private let console: Console

  /// Prepares the command on one rank.
  public init(_ options: Options, on communicator: Communicator) {
    self.options = options
    self.communicator = communicator
    console = Console(isSpeaker: communicator.isRoot)
  }

  /// Measures, prints, and returns the exit code; called on all ranks together.
  ///
  /// - Throws: A failure of all ranks with what went wrong on rank 0.
  public func run() throws -> Int32 {
    try communicator.agree {
      guard communicator.isRoot else { return }
      let report = try measure()
      try console.print(report, asJSON: options.json, text: report.text)
    }
    return ExitStatus.success
  }

  private func measure() throws -> KernelReport {
    let subjects = try subjects()
    let file = options.tunes ? try KernelTableFile(options.output) : nil
    var table = try file?.read() ?? .tuned
    let timer = KernelTimer(
      batch: options.microbatch, rounds: options.rounds, checksRows: options.tunes)
    var probes = [PeakProbe.measure()]
    var peak = probes[0].oneThread
    var results: [(subject: Subject, found: [TimedCandidate], choice: KernelTable.Choice)] = []
    for subject in subjects {
      console.note("measuring \(subject.key)")
      let found = try timer.measure(subject.shape, isFirst: subject.isFirst)
      peak = max(peak, PeakProbe.rate(seconds: 0.01))
      let current = KernelTable.Choice(for: subject.shape)
      if options.tunes {
        let choice = KernelTuning.choice(for: subject.shape, from: found)
        if choice == nil { console.warn("no implementation of \(subject.key) may be taken: no line for it") }
        table[subject.shape, .selected, oneDNN: OneDNN.majorVersion] = choice
        results.append((subject, found, choice ?? current))
      } else {
        results.append((subject, found, current))
      }
    }
    probes.append(PeakProbe.measure())
    peak = max(peak, probes[1].oneThread)
    try file?.write(table)
    return KernelReport(
      instructionSet: "\(InstructionSet.selected)", oneDNN: OneDNN.version, microbatch: options.microbatch,
      rounds: options.rounds, peak: peak, probes: probes,
      shapes: results.map { shape(of: $0.subject, $0.found, $0.choice, peak: peak) }, table: file?.path)
  }

  private func shape(
    of subject: Subject, _ found: [TimedCandidate], _ choice: KernelTable.Choice, peak: Double
  ) -> KernelReport.Shape {
    let operations = Double(subject.shape.product.operationsPerSample * options.microbatch)
    let all = found.map(\.candidate)
    let candidates = found.map { timed in
      let gflops = operations / timed.best * 1e-9
      return KernelReport.Candidate(
        pass: timed.candidate.pass, name: timed.candidate.name,
        isChosen: choice.name(of: timed.candidate.pass, among: all) == timed.candidate.name,
        isRowIndependent: timed.isRowIndependent, medianMicroseconds: timed.median * 1e6,
        minMicroseconds: timed.best * 1e6, gflops: gflops, shareOfPeak: gflops / peak)
    }
    return KernelReport.Shape(shape: subject.key, layers: subject.layers, candidates: candidates)
  }

  /// The distinct shapes of the wanted architectures, on images like those of MNIST and CIFAR-10.
  private func subjects() throws -> [Subject] {
    let gray = ImageShape(channels: 1, height: 28, width: 28)
    let color = ImageShape(channels: 3, height: 32, width: 32)
    let networks =
      Architecture.names.map { ($0, gray) } + ["cnn-small", "cnn-madry", "cnn-trades"].map { ($0, color) }
    if let unknown = options.models.first(where: { !Architecture.names.contains($0) }) {
      throw ExperimentError.usage(
        "--model \(unknown) has to be one of \(Architecture.names.joined(separator: ", "))")
    }
    var subjects: [Subject] = []
    for (name, input) in networks where options.models.isEmpty || options.models.contains(name) {
      guard let architecture = Architecture.named(name, input: input, classes: 10) else { continue }
      let layers = try CompiledNetwork(architecture, microbatch: 1).layers
      for (index, layer) in layers.enumerated() {
        guard let key = layer.shape.key else { continue }
        let place = "\(name) \(layer.weights.prefix { $0 != "." }) on \(input)"
        if let known = subjects.firstIndex(where: { $0.key == key }) {
          subjects[known].layers.append(place)
        } else {
          subjects.append(Subject(key: key, shape: layer.shape, isFirst: index == 0, layers: [place]))
        }
      }
    }
    return subjects
  }
}

extension KernelTable.Choice {
  /// What training takes for a shape now.
  fileprivate init(for shape: KernelShape) {
    switch shape {
    case .convolution(let block): self = .convolution(KernelChoice(for: block))
    case .dense(let layer): self = .dense(DenseChoice(for: layer))
    }
  }
}
