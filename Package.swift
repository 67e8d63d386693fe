// swift-tools-version: 6.1
import PackageDescription

// Upcoming language features every Swift target is built with. `InternalImportsByDefault` turns a
// C type that leaks through a public declaration into a compile error.
let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// `HOLDFAST_ONEDNN=PREFIX` builds with the oneDNN in a folder of the user's choice, in place of the system's. Its
// library is named by its path: the folders that pkg-config names for MPI, zlib and libpng come before any that is
// named here, and `-ldnnl` would find the system's library in one of them.
let oneDNNHeaders: [SwiftSetting]
let oneDNNLibrary: [LinkerSetting]
if let prefix = Context.environment["HOLDFAST_ONEDNN"], !prefix.isEmpty {
  let folder = prefix.hasPrefix("/") ? prefix : "\(Context.packageDirectory)/\(prefix)"
  oneDNNHeaders = [.unsafeFlags(["-Xcc", "-I\(folder)/include"])]
  oneDNNLibrary = [
    .unsafeFlags(["-Xlinker", "\(folder)/lib/libdnnl.so", "-Xlinker", "-rpath", "-Xlinker", "\(folder)/lib"])
  ]
} else {
  oneDNNHeaders = []
  oneDNNLibrary = [.linkedLibrary("dnnl")]
}

// `HOLDFAST_FUZZ=LIBRARY`, set by launch/fuzz.sh alone, has the modules with parsers count the code that inputs reach,
// and builds the fuzzer with the libFuzzer named (`libclang_rt.fuzzer_no_main`, which comes with the compiler).
let fuzzer = Context.environment["HOLDFAST_FUZZ"] ?? ""

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "holdfast",
  products: [
    .executable(name: "holdfast", targets: ["holdfast"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
  ],
  targets: [
    // MARK: C libraries. Each is imported by exactly one Swift module.
    .systemLibrary(
      name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev", "pkg-config"])]),
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(name: "CKernels"),

    // MARK: Libraries, from the bottom up.
    .target(name: "MessagePassing", dependencies: ["COpenMPI"]),
    .target(name: "Tensors"),
    .target(
      name: "Kernels", dependencies: ["COneDNN", "CKernels", "Tensors"],
      swiftSettings: oneDNNHeaders, linkerSettings: oneDNNLibrary),
    .target(name: "Networks", dependencies: ["Kernels", "Tensors"]),
    .target(name: "Attacks", dependencies: ["Networks", "Kernels", "Tensors"]),
    .target(name: "Certificates", dependencies: ["Attacks", "Networks", "Tensors"]),
    .target(
      name: "Datasets", dependencies: ["CZlib", "Tensors", crypto],
      resources: [.copy("Resources/mnist-5k")]),
    .target(
      name: "DataParallel",
      dependencies: ["MessagePassing", "Attacks", "Networks", "Datasets", "Kernels", "Tensors"]),
    .target(name: "Checkpoints", dependencies: ["Tensors", crypto]),
    .target(name: "Exchange", dependencies: ["Checkpoints", "Networks", "Tensors"]),
    .target(name: "Reports", dependencies: ["CPNG", "Checkpoints", "Tensors"]),
    .target(
      name: "Training",
      dependencies: [
        "DataParallel", "MessagePassing", "Attacks", "Networks", "Datasets", "Checkpoints", "Reports",
        "Kernels", "Tensors",
      ]),
    .target(
      name: "Evaluation",
      dependencies: [
        "DataParallel", "MessagePassing", "Attacks", "Certificates", "Networks", "Datasets", "Reports",
        "Tensors",
      ]),
    .target(
      name: "Experiments",
      dependencies: [
        "Training", "Evaluation", "DataParallel", "MessagePassing", "Attacks", "Certificates", "Networks",
        "Datasets", "Checkpoints", "Exchange", "Reports", "Kernels", "Tensors", yams, logging,
      ]),

    // MARK: Executable.
    .executableTarget(
      name: "holdfast",
      dependencies: ["Experiments", "MessagePassing", argumentParser, logging]),

    // MARK: Tests.
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    // MPI can be initialised once in a process, so rank tests start a program of their own.
    .executableTarget(
      name: "MessagePassingFixture", dependencies: ["MessagePassing"],
      path: "Tests/RankFixtures/MessagePassingFixture"),
    .testTarget(
      name: "MessagePassingTests",
      dependencies: ["MessagePassing", "MessagePassingFixture", "TestSupport"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
    .target(
      name: "ReferenceNetworks", dependencies: ["Networks", "Tensors"], path: "Tests/ReferenceNetworks"),
    .testTarget(name: "KernelsTests", dependencies: ["Kernels", "ReferenceNetworks", "Tensors"]),
    .testTarget(
      name: "NetworksTests", dependencies: ["Networks", "Kernels", "ReferenceNetworks", "Tensors"]),
    .executableTarget(
      name: "ReductionFixture", dependencies: ["DataParallel", "MessagePassing", "Tensors"],
      path: "Tests/RankFixtures/ReductionFixture"),
    .testTarget(
      name: "DataParallelTests",
      dependencies: ["DataParallel", "Networks", "Kernels", "Tensors", "ReductionFixture", "TestSupport"]),
    .testTarget(
      name: "AttacksTests", dependencies: ["Attacks", "Certificates", "Networks", "Tensors"]),
    .testTarget(
      name: "CertificatesTests",
      dependencies: ["Attacks", "Certificates", "Networks", "ReferenceNetworks", "Tensors"]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "TestSupport", crypto]),
    .testTarget(name: "ExchangeTests", dependencies: ["Exchange", "Networks", "Tensors"]),
    .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints", "Tensors", "TestSupport"]),
    .testTarget(name: "ReportsTests", dependencies: ["Checkpoints", "Reports", "TestSupport"]),
    .executableTarget(
      name: "LinearTrainingFixture",
      dependencies: [
        "Training", "DataParallel", "Datasets", "MessagePassing", "Attacks", "Networks", "Tensors",
        "TestSupport",
      ],
      path: "Tests/RankFixtures/LinearTrainingFixture"),
    .executableTarget(
      name: "MethodFixture",
      dependencies: [
        "Training", "DataParallel", "Datasets", "MessagePassing", "Attacks", "Checkpoints", "Networks",
        "Tensors",
      ],
      path: "Tests/RankFixtures/MethodFixture"),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "Attacks", "Checkpoints", "Networks", "Tensors", "LinearTrainingFixture", "MethodFixture",
        "TestSupport",
      ]),
    .testTarget(
      name: "EvaluationTests", dependencies: ["Evaluation", "Attacks", "Networks", "Tensors"]),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: [
        "Experiments", "Training", "Evaluation", "DataParallel", "Networks", "Datasets", "Reports", "Tensors",
        "TestSupport", yams,
      ]),
    .testTarget(
      name: "ProgramTests", dependencies: ["holdfast", "Checkpoints", "Tensors", "TestSupport", crypto]),
    .testTarget(name: "CommandTests", dependencies: ["holdfast", "Kernels", "TestSupport"]),
    .target(
      name: "FuzzTargets",
      dependencies: ["Checkpoints", "Datasets", "Experiments", "Kernels", "Reports", "Tensors"],
      path: "Tests/Fuzzing/Targets"),
    .testTarget(name: "FuzzingTests", dependencies: ["FuzzTargets", "Tensors"]),
  ],
  swiftLanguageModes: [.v6]
)

if !fuzzer.isEmpty {
  package.targets += [
    .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzzing/CLibFuzzer"),
    .executableTarget(
      name: "ParserFuzzer", dependencies: ["CLibFuzzer", "FuzzTargets"], path: "Tests/Fuzzing/ParserFuzzer",
      linkerSettings: [.unsafeFlags(["-Xlinker", fuzzer]), .linkedLibrary("stdc++")]),
  ]
  for target in package.targets
  where ["Checkpoints", "Datasets", "Experiments", "Kernels", "Reports", "FuzzTargets"].contains(target.name)
  {
    target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-sanitize=fuzzer"])]
  }
}

for target in package.targets where ![.system, .plugin, .binary].contains(target.type) {
  target.swiftSettings = swiftSettings + (target.swiftSettings ?? [])
}
