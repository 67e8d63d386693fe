/// What follows an attack while it goes on, on every rank.
///
/// Observers may not communicate. One that is there has the survivors attacked in chunks of some seconds, so that
/// little is lost when the evaluation is interrupted.
public protocol EvaluationObserver: AnyObject, Sendable {
  /// Whether this rank was asked to stop; all ranks stop behind the same chunk then.
  var isAskedToStop: Bool { get }
  /// A chunk begins, of which this rank has so many micro-batches.
  func willAttack(_ chunk: Range<Int>, microbatches: Int, in cascade: AttackCascade)
  /// This rank is done with a micro-batch; called on any thread.
  func didFinishMicrobatch()
  /// A chunk was decided; the cascade is behind it.
  func didDecide(_ chunk: AttackChunk, in cascade: AttackCascade) throws
}
