import Foundation

/// Which checkpoint of a run is meant.
public enum CheckpointSelector: Sendable, Equatable {
  /// The newest intact one.
  case latest
  /// The one with the best robust accuracy on the validation split.
  case best
  /// The best one where there is a validation split, else the newest: what naming a run means.
  case bestOrLatest
  /// The one after so many optimizer steps.
  case step(Int)
}

extension CheckpointStore {
  /// The newest checkpoint that verifies, with a warning for each newer one that does not.
  ///
  /// - Returns: nil if there are no checkpoints at all.
  /// - Throws: `CheckpointError.noneIntact` if there are some and none can be trusted; `FileError` if the
  ///   folder cannot be listed.
  public func newestIntact() throws -> LoadedCheckpoint? {
    let steps = try steps()
    var warnings: [String] = []
    if let latest = target(of: .latest), !steps.contains(latest) {
      warnings.append(
        "\(directory)/latest names \(CheckpointReference.name(step: latest)), which is not there")
    }
    var reasons: [String] = []
    for step in steps.reversed() {
      do {
        var checkpoint = try load(step: step)
        checkpoint.warnings = warnings + reasons.map { "skipped a checkpoint: \($0)" }
        return checkpoint
      } catch {
        reasons.append("\(error)")
      }
    }
    guard reasons.isEmpty else {
      throw CheckpointError.noneIntact(directory: directory, reasons: reasons)
    }
    return nil
  }

  /// Reads and verifies a checkpoint.
  ///
  /// A damaged best checkpoint is replaced by the newest intact one, with a warning. A step asked for by number
  /// never is.
  ///
  /// - Throws: `CheckpointError.missing` if there is no such checkpoint, `.corrupt` or `.noneIntact` if it
  ///   cannot be trusted; `FileError`.
  public func load(_ selector: CheckpointSelector) throws -> LoadedCheckpoint {
    switch selector {
    case .step(let step):
      return try load(step: step)
    case .latest:
      guard let newest = try newestIntact() else {
        throw CheckpointError.missing(path: directory, reason: "there is no checkpoint")
      }
      return newest
    case .bestOrLatest:
      return try load(FileSystem.exists("\(directory)/best") ? .best : .latest)
    case .best:
      guard FileSystem.exists("\(directory)/best") else {
        throw CheckpointError.missing(
          path: directory,
          reason: "no checkpoint is marked best; the run has no validation yet, ask for latest")
      }
      guard let step = target(of: .best) else {
        return try latest(insteadOf: "\(directory)/best names no checkpoint")
      }
      do {
        return try load(step: step)
      } catch {
        return try latest(insteadOf: "the best checkpoint is lost: \(error)")
      }
    }
  }

  private func latest(insteadOf warning: String) throws -> LoadedCheckpoint {
    var checkpoint = try load(.latest)
    checkpoint.warnings.insert("\(warning); using the newest intact checkpoint instead", at: 0)
    return checkpoint
  }

  private func load(step: Int) throws -> LoadedCheckpoint {
    let folder = path(step: step)
    guard FileSystem.exists(folder) else {
      let present = try steps().map(String.init).joined(separator: ", ")
      throw CheckpointError.missing(
        path: folder,
        reason: "there is no such checkpoint; steps there are: \(present.isEmpty ? "none" : present)")
    }
    let (contents, digest) = try CheckpointFolder.read(folder, step: step)
    return LoadedCheckpoint(
      reference: CheckpointReference(step: step, path: folder, modelSHA256: digest), contents: contents,
      warnings: [])
  }
}
