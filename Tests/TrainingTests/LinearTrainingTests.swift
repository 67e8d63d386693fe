import TestSupport
import Testing

@Suite("Adversarial training of a linear model reaches the optimum of the worst-case objective")
struct LinearTrainingTests {
  /// Trains in a process of its own and returns the objective at the final weights.
  private func trained(_ problem: PlanarProblem, by method: String) async throws -> Double {
    let job = try await runRanks(
      executable: BuiltProducts.executable("LinearTrainingFixture"),
      arguments: [problem.loss.rawValue, problem.norm.rawValue, method], ranks: nil)
    try #require(job.exitCode == 0, "\(job.standardError)")
    let weights = job.standardOutput.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    try #require(weights.count == 3)
    return problem.objective(weights[0], weights[1], weights[2])
  }

  @Test("On the exact worst case", arguments: PlanarProblem.Loss.allCases, PlanarProblem.Norm.allCases)
  func exact(loss: PlanarProblem.Loss, norm: PlanarProblem.Norm) async throws {
    let problem = PlanarProblem(loss, norm)
    let minimum = problem.minimum()

    let reached = try await trained(problem, by: "exact")

    #expect(reached >= minimum - 1e-7)
    #expect(reached <= minimum * 1.0001)
    // The adversary matters: the optimum is far from both doing nothing and the separable case's zero.
    #expect(minimum > 0.1 && minimum < 0.95 * problem.objective(0, 0, 0))
  }

  @Test(
    "On PGD examples, which are the worst case for the logistic loss", arguments: PlanarProblem.Norm.allCases)
  func projectedGradientDescent(norm: PlanarProblem.Norm) async throws {
    let problem = PlanarProblem(.logistic, norm)
    let minimum = problem.minimum()

    let reached = try await trained(problem, by: "pgd")

    #expect(reached >= minimum - 1e-7)
    #expect(reached <= minimum * 1.0001)
  }
}
