import Datasets

/// What `data fetch` did.
struct FetchReport: Encodable, CustomStringConvertible {
  let name: DatasetName
  /// Nil where nothing is to be fetched.
  let folder: String?
  let files: [DatasetFetcher.FetchedFile]

  init(name: DatasetName, folder: String, files: [DatasetFetcher.FetchedFile]) {
    self.name = name
    self.folder = files.isEmpty ? nil : folder
    self.files = files
  }

  var description: String {
    guard let folder else {
      let origin = name == .synthetic ? "is generated" : "comes with the program"
      return "\(name.rawValue) \(origin); there is nothing to fetch"
    }
    let lines = files.map { "\($0.path): \($0.wasPresent ? "was there already" : "fetched")" }
    let conclusion = "\(name.rawValue): \(files.count) files in \(folder), all with the published checksums"
    return (lines + [conclusion]).joined(separator: "\n")
  }
}

/// What `data verify` found, with its conclusion.
struct VerificationReport: Encodable, CustomStringConvertible {
  let name: String
  let isIntact: Bool
  let files: [DataFileRecord]
  let missingFiles: [String]
  let description: String

  private enum CodingKeys: String, CodingKey {
    case name, isIntact, files, missingFiles
  }

  init(_ verification: DatasetVerification) {
    name = verification.name
    isIntact = verification.isIntact
    files = verification.files
    missingFiles = verification.missingFiles
    description = verification.description
  }
}
