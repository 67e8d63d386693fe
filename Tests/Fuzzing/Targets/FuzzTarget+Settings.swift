import Experiments
import Kernels

extension FuzzTarget {
  /// A configuration file.
  static let configuration = FuzzTarget("configuration", seeds: configurations, words: configurationWords) {
    bytes in
    try read(bytes, overrides: [])
  }

  /// Settings of the command line, one a line.
  static let overrides = FuzzTarget(
    "overrides",
    seeds: [
      Array("training.steps=7\nthreat={norm: l2, epsilon: 1}\nevaluation.attack=pgd\n".utf8),
      Array("data.classes=[3, 8]\nmodel.name=linear-binary\nseed=18446744073709551615".utf8),
    ], words: configurationWords + ["=", "."]
  ) { bytes in
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    return try read(Array("{}".utf8), overrides: lines)
  }

  /// The table of measured kernels, which `bench kernels --tune` adds to.
  static let kernelTable = FuzzTarget(
    "kernel-table",
    seeds: [
      Array(
        """
        # comment
        avx512 2 32x14x14-64k5s1p2m2 forward=winograd backward=library:jit:avx512_core weights=sparse
        avx512 2 784-10 layer=own weights=library:x64:gemm:jit
        avx2 3 64x7x7-1024r layer=library weights=own
        """.utf8),
      Array(KernelTable.tuned.text.split(separator: "\n").prefix(12).joined(separator: "\n").utf8),
    ],
    words: [
      "portable", "avx2", "avx512", "forward=", "backward=", "weights=", "layer=", "library:", "direct",
      "shifted",
      "across", "sparse", "winograd", "own", "9223372036854775807", "4611686018427387904", "-1", "\n",
    ]
  ) { bytes in
    let text = String(decoding: bytes, as: UTF8.self)
    let table = try refusing(KernelTableError.self) { try KernelTable(parsing: text) }
    guard let table else { return false }
    let again = try KernelTable(parsing: table.text)
    try require(again == table, "written and read again, the table differs")
    return !table.lines.isEmpty
  }

  /// Reads a configuration; every problem has to name its place, and a sound one has to survive being written.
  private static func read(_ bytes: [UInt8], overrides: [String]) throws -> Bool {
    let run: ExperimentConfiguration
    do {
      run = try ExperimentConfiguration(yaml: bytes, source: "fuzz.yaml", overrides: overrides)
    } catch {
      try require(!error.problems.isEmpty, "refused without a problem")
      for problem in error.problems.map(\.description) {
        try require(
          problem.hasPrefix("fuzz.yaml") || problem.hasPrefix("command line"), "no place in: \(problem)")
        try require(!problem.contains("\0"), "a NUL in: \(problem)")
      }
      return false
    }
    let again = try ExperimentConfiguration(yaml: Array(run.resolvedYAML.utf8), source: "fuzz.yaml")
    try require(again == run, "written and read again, the configuration differs:\n\(run.resolvedYAML)")
    return true
  }

  private static let configurations = [
    """
    name: mnist-pgd
    seed: 1
    data: {name: mnist, path: data/mnist, validation: 5000}
    model: {name: cnn-small}
    batch: {size: 128, microbatch: 16}
    epochs: 10
    optimizer: {name: adam, weightDecay: 0}
    schedule: {name: cyclic, peak: 5e-3}
    threat: {norm: linf, epsilon: 0.3}
    training: {method: pgd, steps: 40, stepSize: 0.01, randomStart: true}
    evaluation: {everyEpochs: 1, attack: {name: pgd, steps: 20}, final: [fgsm, pgd]}
    checkpoint: {everyEpochs: 1, everySteps: 200, keep: 3}
    """,
    """
    data:
      name: synthetic
      samples: 300
      classes: [3, 8]
    model: {name: "linear-binary"}
    threat: {norm: l2, epsilon: 8/255, box: false}
    training:
      method: exact
      lossFunction: hinge
    """, "{}",
  ].map { Array($0.utf8) }

  private static let configurationWords =
    ExperimentConfiguration.keys.flatMap { [$0.path] + $0.allowed }
    + [
      "8/255", "1e-400", "0x10", "nan", "[", "]", "{", "}", "&a", "*a", "!!str", "|", ">", "? ", "- ", "\\0",
      "~",
    ]
}
