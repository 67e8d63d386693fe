import MessagePassing

/// What the facts of all ranks mean: findings, in the order in which they are printed.
package struct Diagnosis {
  /// The facts of all ranks, in their order; one at least.
  let ranks: [RankFacts]
  private let root: RankFacts

  /// Judges the facts of a job.
  ///
  /// - Precondition: there is a rank.
  package init(_ ranks: [RankFacts]) {
    precondition(!ranks.isEmpty, "a job has a rank")
    self.ranks = ranks
    root = ranks[0]
  }

  /// Everything that can be said without looking any further.
  package var findings: [Finding] {
    [processors, instructionSet] + threads + [launch] + mpirun
      + [versions, oneDNN, program, memory, sharedMemory, tools] + computations
  }

  /// The ranks of each host, in the order of their first rank.
  var hosts: [(name: String, ranks: [RankFacts])] {
    var names: [String] = []
    for rank in ranks where !names.contains(rank.host) { names.append(rank.host) }
    return names.map { name in (name, ranks.filter { $0.host == name }) }
  }

  /// `rank 3 on node2`, for a message.
  func place(_ rank: RankFacts) -> String {
    ranks.count == 1 ? "this machine" : "rank \(rank.rank) on \(rank.host)"
  }

  /// The first rank whose value differs from rank 0's.
  func firstDifferent<Value: Equatable>(_ value: (RankFacts) -> Value) -> RankFacts? {
    ranks.first { value($0) != value(root) }
  }
}

extension Diagnosis {
  // MARK: - Launching

  /// How the processes were started, and whether MPI joined them.
  private var launch: Finding {
    let subject = "launch"
    if ranks.count == 1, let processes = root.launchedProcesses, processes > 1 {
      return .problem(
        subject,
        "\(processes) processes were started, and each of them runs alone: their launcher is not that of "
          + "\(root.versions["mpi"] ?? "this MPI")",
        remedy: "start them with that MPI's own mpirun, or with srun --mpi=pmix")
    }
    guard root.launcher != "none" else {
      return .ok(subject, "one process without a launcher; mpirun -n N holdfast ... starts N ranks")
    }
    let counts = hosts.map { "\($0.ranks.count) on \($0.name)" }.joined(separator: ", ")
    return .ok(
      subject, "\(ranks.count) \(ranks.count == 1 ? "rank" : "ranks") by \(root.launcher): \(counts)")
  }

  /// Whether the mpirun that a user would call belongs to the library.
  private var mpirun: [Finding] {
    let subject = "mpirun"
    let library = root.versions["mpi"] ?? "unknown"
    var findings: [Finding] = []
    for rank in ranks {
      guard let path = rank.tools["mpirun"], let version = rank.mpirunVersion else { continue }
      if !version.contains("Open MPI") {
        findings.append(
          .problem(
            subject, "\(path) on \(rank.host) is not that of \(library): \(version)",
            remedy: "put Open MPI's mpirun first on PATH"))
      } else if Self.versionNumber(version) != Self.versionNumber(library) {
        findings.append(
          .warning(
            subject, "\(path) on \(rank.host) is \(version), and the program is linked with \(library)",
            remedy: "put the mpirun of the same version first on PATH, or build with the other library"))
      }
    }
    if findings.isEmpty, let version = root.mpirunVersion, let path = root.tools["mpirun"] {
      findings.append(.ok(subject, "\(path) is of the linked library: \(version)"))
    }
    if root.isUnwelcomeRoot, root.launcher == "none", root.tools["mpirun"] != nil {
      findings.append(
        .warning(
          subject, "mpirun refuses to start anything for root",
          remedy: "set OMPI_ALLOW_RUN_AS_ROOT=1 and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1, or be another user"))
    }
    return findings
  }

  /// The last word that begins with a digit, such as 4.1.4 in `mpirun (Open MPI) 4.1.4` and `Open MPI v4.1.4`.
  private static func versionNumber(_ text: String) -> Substring? {
    text.split(separator: " ").map { $0.drop { $0 == "v" } }.last { $0.first?.isNumber ?? false }
  }

  // MARK: - Software

  private var versions: Finding {
    let subject = "libraries"
    if let other = firstDifferent(\.versions) {
      let names = root.versions.keys.filter { other.versions[$0] != root.versions[$0] }.sorted()
      let differences = names.map {
        "\($0) \(other.versions[$0] ?? "none") instead of \(root.versions[$0] ?? "none")"
      }
      return .problem(
        subject, "\(place(other)) differs from rank 0: \(differences.joined(separator: ", "))",
        remedy: "install the same versions on all hosts")
    }
    let standard = root.versions["mpiStandard"] ?? "unknown"
    let summary =
      "Swift \(root.versions["swift"] ?? "unknown"), oneDNN \(root.versions["oneDNN"] ?? "unknown"), "
      + "\(root.versions["mpi"] ?? "unknown") (MPI \(standard))"
    guard let level = Double(standard), level >= 3 else {
      return .problem(
        subject, "\(summary): MPI 3.0 or later is needed", remedy: "build with a newer Open MPI")
    }
    return .ok(subject, summary)
  }

  /// Which oneDNN was found, of the several that a machine may have.
  private var oneDNN: Finding {
    .ok(
      "oneDNN",
      "\(root.versions["oneDNN"] ?? "unknown") from \(root.oneDNNPath ?? "an unknown file"), compiled with the "
        + "headers of \(root.versions["oneDNNHeaders"] ?? "an unknown version")")
  }

  private var program: Finding {
    let subject = "program"
    if let other = firstDifferent(\.executable) {
      return .problem(
        subject, "\(place(other)) runs another build of the program than rank 0",
        remedy: "copy one build to all hosts")
    }
    let scope = ranks.count == 1 ? "" : ", the same file on all ranks"
    return .ok(subject, "holdfast \(root.versions["holdfast"] ?? "unknown")\(scope)")
  }

  /// The programs that something needs.
  private var tools: Finding {
    let uses = [
      ("mpirun", "more than one rank takes it", "openmpi-bin"),
      ("curl", "data fetch takes it", "curl"),
      ("pkg-config", "building takes it", "pkg-config"),
    ]
    let missing = uses.filter { root.tools[$0.0] == nil }
    guard !missing.isEmpty else {
      return .ok("tools", uses.map { root.tools[$0.0] ?? "" }.joined(separator: ", "))
    }
    return .warning(
      "tools",
      missing.map { "\($0.0) is not on PATH (\($0.1))" }.joined(separator: ", "),
      remedy: "apt-get install \(missing.map(\.2).joined(separator: " "))")
  }

  // MARK: - Computations

  /// What each rank computed, and whether all computed the same bits.
  private var computations: [Finding] {
    var findings = root.checks.indices.map { index -> Finding in
      let name = root.checks[index].name
      if let failed = ranks.first(where: { !$0.checks[index].passed }) {
        return .problem(
          name, "\(place(failed)): \(failed.checks[index].detail)",
          remedy: "trust no result of this build here; try HOLDFAST_INSTRUCTION_SET=portable and report it",
          isInternal: true)
      }
      return .ok(name, root.checks[index].detail)
    }
    guard ranks.count > 1 else { return findings }
    if let other = firstDifferent({ $0.checks.map(\.fingerprint) }) {
      findings.append(
        .warning(
          "same bits", "\(place(other)) computes other bits than rank 0 on \(root.host)",
          remedy:
            "results will depend on the number of ranks; use hosts of one CPU type and one library version"
        ))
    } else {
      findings.append(.ok("same bits", "all ranks compute the same bits"))
    }
    return findings
  }
}
