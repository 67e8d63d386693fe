import Reports

extension Diagnosis {
  /// Rough need of a rank that trains a convolutional network on MNIST.
  private static let memoryOfRank = 512 << 20
  /// Open MPI's shared segment for each rank (`btl_vader_segment_size`, 4 MB), twice over.
  private static let sharedMemoryOfRank = 8 << 20

  // MARK: - CPUs

  var processors: Finding {
    let subject = "processor"
    let root = ranks[0]
    if let other = firstDifferent(\.machine.cpu) {
      return .warning(
        subject,
        "\(place(other)) has \(other.machine.cpu ?? "an unknown CPU"), rank 0 \(root.machine.cpu ?? "an unknown CPU")",
        remedy:
          "results will differ from those of other mixtures in their last bits; use hosts of one CPU type")
    }
    return .ok(
      subject, "\(root.machine.cpu ?? "unknown model"), \(root.limits.hostCPUs) CPUs on \(root.host)")
  }

  var instructionSet: Finding {
    let subject = "instruction set"
    let root = ranks[0]
    if let other = firstDifferent(\.instructionSet) {
      let least = ranks.contains { $0.instructionSet == "portable" } ? "portable" : "avx2"
      return .warning(
        subject, "\(place(other)) uses \(other.instructionSet), rank 0 \(root.instructionSet)",
        remedy: "set HOLDFAST_INSTRUCTION_SET=\(least) on all hosts")
    }
    if let other = ranks.first(where: {
      $0.requestedInstructionSet.map { $0 != root.instructionSet } ?? false
    }) {
      return .warning(
        subject,
        "HOLDFAST_INSTRUCTION_SET asks for '\(other.requestedInstructionSet ?? "")' and \(place(other)) uses "
          + "\(other.instructionSet)",
        remedy: "unset it, or set it to portable, avx2 or avx512, up to what the CPU has")
    }
    if root.instructionSet != root.supportedInstructionSet {
      return .warning(
        subject, "\(root.instructionSet) is used, and this CPU has \(root.supportedInstructionSet)",
        remedy: "unset HOLDFAST_INSTRUCTION_SET unless it is meant")
    }
    return .ok(subject, "\(root.instructionSet), the best this CPU has")
  }

  /// Whether threads and CPUs are as many, by rank and by host.
  var threads: [Finding] {
    let plan = ThreadPlan(ranks.map(\.placement))
    return plan.findings.isEmpty ? [.ok("threads", plan.headline)] : plan.findings
  }

  // MARK: - Memory

  var memory: Finding {
    let subject = "memory"
    for host in hosts {
      let limits = host.ranks[0].limits
      let need = host.ranks.count * Self.memoryOfRank
      if limits.availableMemory < need {
        return .warning(
          subject,
          "\(host.name) has \(readable(bytes: limits.availableMemory)) of \(readable(bytes: limits.memory)) left for "
            + "\(host.ranks.count) ranks",
          remedy: "start fewer ranks there, or see what train --dry-run says a rank needs")
      }
    }
    let list = hosts.map {
      "\(readable(bytes: $0.ranks[0].limits.availableMemory)) of \(readable(bytes: $0.ranks[0].limits.memory)) free on "
        + $0.name
    }
    return .ok(subject, list.joined(separator: ", "))
  }

  var sharedMemory: Finding {
    let subject = "shared memory"
    for host in hosts {
      let limits = host.ranks[0].limits
      guard let free = limits.availableSharedMemory else {
        return .warning(
          subject, "\(host.name) has no /dev/shm, through which ranks of one host talk",
          remedy: "mount a tmpfs there")
      }
      if free < max(host.ranks.count, 2) * Self.sharedMemoryOfRank {
        return .warning(
          subject, "/dev/shm on \(host.name) has \(readable(bytes: free)) left, and MPI may need more",
          remedy: "enlarge it (docker run --shm-size=256m), or set OMPI_MCA_btl_vader_backing_directory=/tmp")
      }
    }
    let list = hosts.map {
      "/dev/shm on \($0.name) has \(readable(bytes: $0.ranks[0].limits.availableSharedMemory ?? 0)) free"
    }
    return .ok(subject, list.joined(separator: ", "))
  }
}
