import Foundation

extension CheckpointStore {
  /// Writes a checkpoint and reads it back.
  ///
  /// The files go to a temporary folder, are forced to the disk and take the name `step-...` together. Then
  /// everything is read again and verified, and only then do `latest` and, if the state names a best step
  /// that has a checkpoint, `best` point to it. A checkpoint of the same step is replaced.
  ///
  /// - Throws: `CheckpointError.unwritable` if a tensor is not finite, `.superseded` if another process writes
  ///   here by now, `.corrupt` if what was read back differs; `FileError` if the system refuses. The older
  ///   checkpoints are intact in every case.
  /// - Precondition: the store was opened for writing.
  @discardableResult
  public func write(_ checkpoint: Checkpoint) throws -> CheckpointReference {
    let step = checkpoint.state.step
    let final = path(step: step)
    let name = CheckpointReference.name(step: step)
    let temporary = "\(directory)/\(AtomicFile.temporaryName(for: name))"
    let digest: String
    do {
      digest = try CheckpointFolder.write(checkpoint, to: temporary)
      try checkStillWriter()
      try install(temporary, as: final, name: name)
    } catch {
      // The first error is the one to report, not that cleaning up failed as well.
      try? FileSystem.removeTree(temporary)
      throw error
    }

    let written = try CheckpointFolder.read(final, step: step)
    guard written.modelSHA256 == digest else {
      throw CheckpointError.corrupt(path: final, reason: "reading it back gave other weights")
    }
    try point(.latest, to: step)
    if let best = checkpoint.state.best?.step, FileSystem.exists(path(step: best)) {
      try point(.best, to: best)
    }
    return CheckpointReference(step: step, path: final, modelSHA256: digest)
  }

  private func install(_ temporary: String, as final: String, name: String) throws {
    let replaced = "\(directory)/\(Self.replacedPrefix)\(name)"
    let replaces = FileSystem.exists(final)
    if replaces { try FileSystem.rename(final, to: replaced) }
    do {
      try FileSystem.rename(temporary, to: final)
      try FileSystem.synchronizeFolder(directory)
    } catch {
      if replaces && !FileSystem.exists(final) { try? FileSystem.rename(replaced, to: final) }
      throw error
    }
    if replaces { try FileSystem.removeTree(replaced) }
  }

  /// Deletes old checkpoints: the newest `count` and the best one stay.
  ///
  /// Those behind `last` stay too, and count for nothing: they are what a resumed run could not read, and will write
  /// anew.
  ///
  /// Before anything goes, one that stays is verified; if none of them is intact, the newest intact one
  /// stays as well.
  ///
  /// - Returns: The steps whose checkpoints were deleted.
  /// - Throws: `CheckpointError.superseded` if another process writes here by now; `FileError`.
  /// - Precondition: `count` is positive and the store was opened for writing.
  @discardableResult
  public func prune(keep count: Int, upTo last: Int = .max) throws -> [Int] {
    precondition(count > 0, "keeping \(count) checkpoints would lose the run")
    try checkStillWriter()
    let steps = try steps().filter { $0 <= last }
    let best = target(of: .best)
    let kept = Set(steps.suffix(count) + steps.filter { $0 == best })
    var doomed = steps.filter { !kept.contains($0) }
    guard !doomed.isEmpty else { return [] }

    if !kept.sorted(by: >).contains(where: isIntact), let survivor = doomed.last(where: isIntact) {
      doomed.removeAll { $0 == survivor }
    }
    for step in doomed {
      // Under another name first: a kill half way through must not leave half a checkpoint under a good one.
      let condemned = "\(directory)/\(Self.removedPrefix)\(CheckpointReference.name(step: step))"
      try FileSystem.rename(path(step: step), to: condemned)
      try FileSystem.removeTree(condemned)
    }
    return doomed
  }

  private func isIntact(step: Int) -> Bool {
    (try? CheckpointFolder.read(path(step: step), step: step)) != nil
  }
}
