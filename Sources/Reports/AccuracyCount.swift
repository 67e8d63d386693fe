/// An accuracy as the exact count it is.
///
/// In JSON it has the keys `correct`, `total`, `accuracy` and `ci95`; the last two follow from the first two and
/// are ignored when read.
public struct AccuracyCount: Sendable, Equatable, Hashable {
  /// The samples classified correctly.
  public var correct: Int
  /// The samples looked at.
  public var total: Int

  /// Creates a count.
  ///
  /// - Precondition: `0 <= correct <= total`.
  public init(correct: Int, total: Int) {
    precondition(correct >= 0 && correct <= total, "\(correct) of \(total) is no accuracy")
    self.correct = correct
    self.total = total
  }

  /// The proportion classified correctly; 0 where there are no samples.
  public var accuracy: Double { total == 0 ? 0 : Double(correct) / Double(total) }

  /// The 95 % Wilson interval of the accuracy on further samples of the same kind.
  public var ci95: ConfidenceInterval { .wilson(correct: correct, total: total) }
}

extension AccuracyCount: Codable {
  private enum CodingKeys: String, CodingKey {
    case correct, total, accuracy, ci95
  }

  /// Decodes the two counts.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let correct = try container.decode(Int.self, forKey: .correct)
    let total = try container.decode(Int.self, forKey: .total)
    guard correct >= 0, correct <= total else {
      throw DecodingError.dataCorruptedError(
        forKey: .correct, in: container, debugDescription: "\(correct) correct of \(total)")
    }
    self.init(correct: correct, total: total)
  }

  /// Encodes the counts and what follows from them.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(correct, forKey: .correct)
    try container.encode(total, forKey: .total)
    try container.encode(accuracy, forKey: .accuracy)
    try container.encode(ci95, forKey: .ci95)
  }
}
