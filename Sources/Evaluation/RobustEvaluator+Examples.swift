import Attacks
import DataParallel
import Datasets
import MessagePassing
import Networks
import Tensors

/// Some samples under an attack with their images, for people to look at.
public struct AttackExamples: Equatable, Sendable {
  /// The samples: those that were broken first, then those that withstood, each in the order of the data set.
  public let clean: CleanResult
  /// The class predicted for each adversarial example.
  public let predictions: [Int]
  /// The images as they are, N x C x H x W, on rank 0.
  public let images: [Float]
  /// The adversarial examples, N x C x H x W, on rank 0.
  public let examples: [Float]
}

extension RobustEvaluator {
  /// Finds the adversarial examples of the first samples that an attack broke, and of the first that withstood it.
  ///
  /// They are attacked once more, by themselves: what a sample comes to depends on it alone, so these are the examples
  /// that were counted, for any number of ranks, and also where an interruption lost them.
  ///
  /// - Parameters:
  ///   - result: What the attack did to all samples.
  ///   - broken: How many of those it broke.
  ///   - withstanding: How many of those it did not.
  /// - Returns: Nil where no sample was attacked.
  public func findExamples(
    of result: AttackResult, broken: Int, withstanding: Int
  ) throws -> AttackExamples? {
    let right = result.clean.labels.indices.filter {
      result.clean.predictions[$0] == result.clean.labels[$0]
    }
    let places =
      Array(right.filter { result.brokenBy[$0] != nil }.prefix(broken))
      + right.filter { result.brokenBy[$0] == nil }.prefix(withstanding)
    if places.isEmpty { return nil }
    let chosen = places.map { positions[$0] }
    let evaluator = try RobustEvaluator(
      model, images: images, positions: chosen, seed: seed,
      onRootOnly: workingRanks < model.communicator.size)
    let found = try evaluator.measure(
      result.attack, clean: result.clean.selecting(places), keeping: places.count)
    let isRoot = model.communicator.isRoot
    return AttackExamples(
      clean: found.clean, predictions: found.predictions,
      images: isRoot ? chosen.flatMap { images.image(at: $0) } : [], examples: found.examples)
  }
}
