/// What a run would cost on all of a data set, from a part of it.
struct PublishedForecast: Encodable, Sendable {
  let trainingSamples: Int
  let testSamples: Int
  let steps: Int
  let trainingSeconds: Double
  let totalSeconds: Double

  enum CodingKeys: String, CodingKey {
    case steps
    case trainingSamples = "training_samples"
    case testSamples = "test_samples"
    case trainingSeconds = "training_seconds"
    case totalSeconds = "total_seconds"
  }
}
