import Checkpoints
package import Datasets
import Foundation

/// What the doctor finds on rank 0 alone: data sets and the place for results.
package enum Surroundings {
  /// A checkpoint of the largest network that comes with the program, with its optimizer, several times over.
  private static let spaceForRuns = 1 << 30

  /// Where each data set is.
  package static func datasets(_ catalog: DatasetCatalog = DatasetCatalog()) -> [Finding] {
    DatasetName.allCases.compactMap { name in
      let subject = "data \(name.rawValue)"
      switch catalog.availability(of: name) {
      case .generated: return nil
      case .complete(let folder): return .ok(subject, folder)
      case .incomplete(let folder, let missing):
        return .warning(
          subject, "\(folder) lacks \(missing.joined(separator: ", "))",
          remedy: "holdfast data fetch \(name.rawValue)")
      case .absent(let folders) where name == .mnist5k:
        return .problem(
          subject, "the data that come with the program are in none of \(folders.joined(separator: ", "))",
          remedy: "copy the folder mnist-5k of the program's resources to one of these")
      case .absent:
        return .ok(subject, "not here; holdfast data fetch \(name.rawValue) gets it")
      }
    }
  }

  /// Whether runs can be written to a folder that may not exist yet, and how much.
  package static func output(_ folder: String) -> Finding {
    let subject = "output"
    let place = existingFolder(folder)
    let probe = "\(place)/.holdfast-doctor-\(getpid())"
    let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      return .problem(
        subject, "nothing can be written to \(place): \(String(cString: strerror(errno)))",
        remedy: "run from a folder of your own, or say --output DIR")
    }
    close(descriptor)
    unlink(probe)
    let free = SystemLimits.space(of: place)?.free ?? 0
    let summary = "\(folder) can be written, with \(readable(bytes: free)) free"
    guard free >= spaceForRuns else {
      return .warning(subject, summary, remedy: "free some space, or say --output DIR")
    }
    return .ok(subject, summary)
  }

  /// The folder itself, or the nearest thing above it that exists.
  private static func existingFolder(_ path: String) -> String {
    var place = path
    // Ends at `/` or `.`, which exist.
    while !FileManager.default.fileExists(atPath: place), FileSystem.folder(of: place) != place {
      place = FileSystem.folder(of: place)
    }
    return place
  }
}
