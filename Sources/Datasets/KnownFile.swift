/// A file that makes up a data set, and the checksums under which it was published.
struct KnownFile: Sendable {
  /// The name of the file when it is not compressed; `.gz` is appended when it is.
  let name: String
  /// Other names in circulation.
  var otherNames: [String] = []
  /// The SHA-256 of the contents.
  var sha256: String?
  /// The SHA-256 of the `.gz` as published; only for sets whose contents have no known checksum.
  var archiveSHA256: String?

  /// Compares a file that was read with the published one.
  func record(_ report: DataFileReport) -> DataFileRecord {
    let verdict: DataFileRecord.Verdict
    if let sha256 {
      verdict = report.sha256 == sha256 ? .matches : .differs
    } else if let archiveSHA256, report.storedSHA256 == archiveSHA256 {
      verdict = .matches
    } else {
      // The same contents may have been compressed again.
      verdict = .unknown
    }
    return DataFileRecord(
      path: report.path, byteCount: report.byteCount, sha256: report.sha256, expected: sha256,
      verdict: verdict)
  }
}

extension DatasetName {
  /// Training images, training labels, test images, test labels; for CIFAR the training files, the test file last.
  var knownFiles: [KnownFile] {
    switch self {
    case .synthetic: []
    case .mnist5k:
      idxFiles(contents: [
        "fa01c4e0e0ddb1b901673e9b19c34e207002f34b874e266b33006ed7b18f8f84",
        "5dbd7686910cb66a8a6303f16940c2fae43896243c187897cd3976aab00f4817",
        "12a9e7e24f894be6e2e757ca9a44da720457ef446785e1828756cf0c8c83a6a0",
        "66e4c6deb5f2a061f7d8cd5ec53025fdb9dabb08265e449acb8cf64b8cd36cac",
      ])
    case .mnist:
      idxFiles(contents: [
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
      ])
    case .fashionMNIST:
      idxFiles(archives: [
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
      ])
    case .cifar10:
      [
        ("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
        ("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
        ("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
        ("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
        ("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
        ("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
      ].map { KnownFile(name: $0.0, sha256: $0.1) }
    case .cifar100:
      [
        ("train.bin", "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"),
        ("test.bin", "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"),
      ].map { KnownFile(name: $0.0, sha256: $0.1) }
    }
  }

  private func idxFiles(contents: [String]? = nil, archives: [String]? = nil) -> [KnownFile] {
    let stems = [
      ("train-images", "idx3-ubyte"), ("train-labels", "idx1-ubyte"), ("t10k-images", "idx3-ubyte"),
      ("t10k-labels", "idx1-ubyte"),
    ]
    return stems.enumerated().map { index, stem in
      KnownFile(
        name: "\(stem.0)-\(stem.1)", otherNames: ["\(stem.0).\(stem.1)"], sha256: contents?[index],
        archiveSHA256: archives?[index])
    }
  }
}
