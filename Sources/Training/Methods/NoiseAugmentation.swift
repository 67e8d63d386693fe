import Attacks
public import Networks
import Tensors

/// Training on images with Gaussian noise added (Cohen, Rosenfeld and Kolter 2019): the base classifier of randomized
/// smoothing.
///
/// Noisy images are not clipped to [0, 1], because smoothing does not clip either. The noise of a sample depends on
/// the seed, the step and the sample.
public struct NoiseAugmentation: TrainingMethod {
  /// The name in configurations.
  public let name = "noise"
  /// The standard deviation of the noise, in pixel units.
  public let sigma: Double
  /// The loss that is minimized.
  public let loss: TrainingLoss

  /// Creates the method.
  public init(sigma: Double, loss: TrainingLoss) {
    self.sigma = sigma
    self.loss = loss
  }

  /// The method and its noise.
  public var label: String { "training on Gaussian noise of sigma \(sigma)" }

  /// The gradient on the noisy images of the batch.
  public func computeGradient(_ step: TrainingStep) throws -> StepOutcome {
    let context = step.attackContext(trainingMode: false)
    let pass = step.firstPass(behind: 0)
    return try step.computeGradient { work in
      let (session, batch) = (work.workspace.session, work.workspace.batch)
      work.attack {
        for row in 0..<batch.count {
          var stream = RandomStream(
            RandomIdentity(
              seed: context.seed, purpose: .trainingNoise, step: context.step, sample: batch.samples[row]))
          let image = session.images + row * batch.imageElements
          for i in 0..<batch.imageElements { image[i] += Float(sigma * stream.normal()) }
        }
      }
      return try work.workspace.learn(loss, mode: learningMode(pass: pass, context), into: work.gradient)
    }
  }
}
