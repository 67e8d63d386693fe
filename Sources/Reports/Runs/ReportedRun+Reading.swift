public import Checkpoints
import Foundation

extension ReportedRun {
  /// Reads what lies in a run's folder, except for its configuration's meaning.
  ///
  /// What is missing is left out, as in a run under way; what is damaged is said in `problems`.
  ///
  /// - Parameters:
  ///   - directory: The folder.
  ///   - name: What the run is called.
  ///   - classes: The classes of its data set, as far as they are known.
  public init(_ directory: RunDirectory, name: String, classes: Int) {
    self.init(name: name, path: directory.path)
    func text(_ path: String) -> String {
      guard FileSystem.exists(path) else { return "" }
      do {
        return String(decoding: try FileSystem.read(path), as: UTF8.self)
      } catch {
        problems.append("\(error)")
        return ""
      }
    }
    configuration = text(directory.configuration)
    manifestText = text(directory.manifest)
    if !manifestText.isEmpty {
      do {
        manifest = try ReportFile.read(RunManifest.self, from: directory.manifest)
      } catch {
        problems.append("\(error)")
      }
    }
    if FileSystem.exists(directory.metrics) {
      do {
        history = try MetricsHistory(contentsOf: directory.metrics)
      } catch {
        problems.append("\(error)")
      }
    }
    if history.unreadableLines > 0 {
      problems.append(
        "\(directory.metrics): \(ReportText.count(history.unreadableLines, "line")) cannot be read, as where a "
          + "process was killed while it wrote")
    }
    guard FileSystem.isFolder(directory.evaluations),
      let names = try? FileSystem.names(in: directory.evaluations)
    else { return }
    let ordered = names.filter { $0 == "final" } + names.filter { $0 != "final" }
    for folder in ordered.map(directory.evaluation) where FileSystem.isFolder(folder) {
      if let evaluation = ReportedEvaluation(folder: folder, classes: classes, problems: &problems) {
        evaluations.append(evaluation)
      }
    }
  }
}
