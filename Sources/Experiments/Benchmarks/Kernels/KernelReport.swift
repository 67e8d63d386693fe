import Kernels

/// What `holdfast bench kernels` found.
struct KernelReport: Encodable {
  /// The vector instructions that kernels used.
  let instructionSet: String
  /// The version of oneDNN.
  let oneDNN: String
  /// The samples of a pass.
  let microbatch: Int
  /// How often every candidate had its turn.
  let rounds: Int
  /// The peak of one thread in GFLOP/s, the best of the run.
  let peak: Double
  /// What the CPUs could do before and after.
  let probes: [PeakProbe]
  /// The shapes in the order of the architectures.
  let shapes: [Shape]
  /// The table that was written; nil without tuning.
  let table: String?

  enum CodingKeys: String, CodingKey {
    case instructionSet = "instruction_set"
    case oneDNN = "onednn"
    case microbatch, rounds, probes, shapes, table
    case peak = "peak_gflops"
  }

  /// All candidates for one shape.
  struct Shape: Encodable {
    /// The name in the table of kernels.
    let shape: String
    /// The layers that have it.
    let layers: [String]
    /// What was measured, pass by pass.
    let candidates: [Candidate]
  }

  /// One implementation of one pass.
  struct Candidate: Encodable {
    let pass: KernelPass
    let name: String
    /// Whether training takes it.
    let isChosen: Bool
    /// Whether a sample's result depends on nothing but the sample; nil without tuning.
    let isRowIndependent: Bool?
    let medianMicroseconds: Double
    let minMicroseconds: Double
    /// Of the shortest run, counting the operations of the plain definition.
    let gflops: Double
    let shareOfPeak: Double

    enum CodingKeys: String, CodingKey {
      case pass, name, gflops
      case isChosen = "chosen"
      case isRowIndependent = "row_independent"
      case medianMicroseconds = "median_us"
      case minMicroseconds = "min_us"
      case shareOfPeak = "share_of_peak"
    }
  }

  /// The report for people.
  var text: String {
    var lines = [
      "\(instructionSet), oneDNN \(oneDNN), micro-batches of \(microbatch), one thread, \(rounds) rounds",
      "peak \(fixed(peak, 1)) GFLOP/s; \(probes.map(\.text).joined(separator: ", afterwards "))",
      "* runs in training; GFLOP/s are those of the shortest run and count the plain definition's operations",
    ]
    for shape in shapes {
      lines += ["", "\(shape.shape)  \(shape.layers.joined(separator: ", "))"]
      let width = shape.candidates.map(\.name.count).max() ?? 0
      var last: KernelPass?
      for candidate in shape.candidates {
        lines.append(Self.line(candidate, title: candidate.pass == last ? "" : candidate.pass.title, width))
        last = candidate.pass
      }
    }
    if let table { lines += ["", "wrote \(table)"] }
    return lines.joined(separator: "\n")
  }

  private static func line(_ candidate: Candidate, title: String, _ width: Int) -> String {
    let mark = candidate.isChosen ? "*" : " "
    let note = candidate.isRowIndependent == false ? "  a sample's result depends on its row" : ""
    return "  \(left(title, 19)) \(mark) \(left(candidate.name, width)) "
      + "\(right(fixed(candidate.medianMicroseconds, 1), 10)) us, least "
      + "\(right(fixed(candidate.minMicroseconds, 1), 9)) "
      + "\(right(fixed(candidate.gflops, 1), 7)) GFLOP/s "
      + "\(right(fixed(100 * candidate.shareOfPeak, 0), 4)) %\(note)"
  }

  private static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
  }
}
