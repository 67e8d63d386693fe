import Attacks
import Certificates
import Networks
import Tensors
import Testing

@Suite("The Square attack")
struct SquareAttackTests {
  private static let threats = [
    ThreatModel(norm: .linf, epsilon: 0.1), ThreatModel(norm: .l2, epsilon: 0.8),
    ThreatModel(norm: .l1, epsilon: 4), ThreatModel(norm: .linf, epsilon: 0.1, box: false),
    ThreatModel(norm: .l2, epsilon: 0.8, box: false), ThreatModel(norm: .l1, epsilon: 4, box: false),
  ]

  @Test("The side of the square falls with the queries as published")
  func schedule() {
    let linf = SquareSchedule(height: 28, width: 28, centred: false)
    let firsts = [0, 11, 51, 201, 501, 1001, 2001, 4001]
    #expect(firsts.map { linf.side(query: $0) } == [25, 18, 13, 9, 6, 4, 3, 2])
    #expect(firsts.dropFirst().map { linf.side(query: $0 - 1) } == [25, 18, 13, 9, 6, 4, 3])
    #expect([4999, 6001, 8001].map { linf.side(query: $0) } == [2, 2, 1])
    let centred = SquareSchedule(height: 28, width: 28, centred: true)
    #expect(firsts.map { centred.side(query: $0) } == [25, 19, 13, 9, 7, 5, 3, 3])
    let flat = SquareSchedule(height: 4, width: 30, centred: false)
    #expect([0, 5000].map { flat.side(query: $0) } == [4, 1])
    #expect(SquareSchedule(height: 2, width: 2, centred: true).side(query: 0) == 2)
  }

  @Test("A pattern is a bump above a dent, of length 1", arguments: [Norm.l2, .l1], [1, 2, 3, 5, 8, 25])
  func pattern(norm: Norm, side: Int) {
    var pattern = SquarePattern(norm, largestSide: 25)
    pattern.resize(to: 25)
    pattern.resize(to: side)
    var length = 0.0
    for line in 0..<side {
      for column in 0..<side {
        let value = pattern.value(line, column, transposed: false)
        length += norm == .l1 ? abs(value) : value * value
        #expect(line < side / 2 ? value > 0 : value < 0)
        #expect(pattern.value(column, line, transposed: true) == value)
      }
    }
    #expect(abs(length - 1) < 1e-12)
  }

  @Test("The pattern of side 5 is the published one")
  func publishedPattern() {
    // Rings of weight 1, 1/4, 1/9 around (1, 2) of the upper 2 lines and (1, 2) of the lower 3, halves of equal length.
    let upper: [[Double]] = [[4, 13, 13, 13, 4], [4, 13, 49, 13, 4]]
    let lower = upper + [upper[0]]
    func normalized(_ lines: [[Double]]) -> [Double] {
      let length = lines.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
      return lines.joined().map { $0 / length / 2.0.squareRoot() }
    }
    let expected = normalized(upper) + normalized(lower).map { -$0 }
    var pattern = SquarePattern(.l2, largestSide: 5)
    pattern.resize(to: 5)
    for place in 0..<25 {
      #expect(abs(pattern.value(place / 5, place % 5, transposed: false) - expected[place]) < 1e-12)
    }
  }

  /// A classifier of images of 2 channels, 6 lines and 7 columns whose scores are no linear functions.
  private func classifier(batch: Int) -> ToyClassifier {
    let weights = makeWeights(4, 84, stream: 90)
    let biases = weights.map { -0.5 * $0.reduce(0, +) }
    return ToyClassifier(
      batch: batch, imageShape: ImageShape(channels: 2, height: 6, width: 7), outputCount: 4,
      scores: { image in
        weights.enumerated().map { k, row in
          let value = Float(score(Array(image), row, biases[k]))
          return value + 0.1 * value * value
        }
      },
      pullBack: { image, _ in image.map { _ in 0 } })
  }

  /// Samples with the classes that the model gives them.
  private func samples(_ model: ToyClassifier) -> [Sample] {
    let samples = makeSamples(model.batch, elements: model.imageElements, classes: 2, stream: 8)
    for (row, sample) in samples.enumerated() {
      (model.images + row * model.imageElements).update(from: sample.image, count: model.imageElements)
    }
    model.forward(.evaluation)
    return samples.enumerated().map { row, sample in
      Sample(image: sample.image, label: predictedClass(model.outputs(of: row)), index: sample.index)
    }
  }

  /// The images that a row was queried with, and their margins, in order.
  private func queries(_ model: ToyClassifier, _ sample: Sample, row: Int, after first: Int) -> (
    images: [[Float]], margins: [Double]
  ) {
    let elements = model.imageElements
    let images = model.seen[first...].map { Array($0[row * elements..<(row + 1) * elements]) }
    let single = classifier(batch: 1)
    let margins = images.map { image in
      single.images.update(from: image, count: elements)
      single.forward(.evaluation)
      return -LossFunction.margin(single.outputs(of: 0), label: sample.label)
    }
    return (images, margins)
  }

  @Test(
    "Every query is in ball and box, and the one of the lowest margin is what is left", arguments: threats)
  func queriesStayInside(threat: ThreatModel) throws {
    let model = classifier(batch: 8)
    let samples = samples(model)
    let first = model.seen.count
    let found = try model.attackedOnce(samples, by: SquareAttack(threat: threat, queries: 300), restart: 0)

    var improved = 0
    for (row, sample) in samples.enumerated() {
      let (images, margins) = queries(model, sample, row: row, after: first)
      #expect(images.allSatisfy { threat.allows($0, from: sample.image) })
      let place = margins.firstIndex { $0 < 0 } ?? margins.firstIndex(of: margins.min() ?? 0) ?? 0
      #expect(found[row] == images[place])
      if margins[place] < margins[0] { improved += 1 }
      // A broken row changes no more.
      if margins[place] < 0 { #expect(images[place...].allSatisfy { $0 == images[place] }) }
    }
    #expect(improved > 4)
    // Nothing is as far as the ball allows unless it is searched for.
    #expect(
      zip(found, samples).contains { image, sample in
        threat.distance(sample.image, image, count: image.count) > 0.95 * Double(threat.epsilon)
      })
  }

  @Test("In linf every query is the best example with one square at one end of the set, a sign a channel")
  func oneSquare() throws {
    let threat = ThreatModel(norm: .linf, epsilon: 0.05)
    let model = classifier(batch: 4)
    let samples = samples(model)
    let first = model.seen.count
    _ = try model.attackedOnce(samples, by: SquareAttack(threat: threat, queries: 120), restart: 0)

    let schedule = SquareSchedule(height: 6, width: 7, centred: false)
    for (row, sample) in samples.enumerated() {
      let (images, margins) = queries(model, sample, row: row, after: first)
      let lower = sample.image.map { max(0, $0 - 0.05) }
      let upper = sample.image.map { min(1, $0 + 0.05) }
      // Stripes at first: one end a column of a channel.
      for column in 0..<14 {
        let places = (0..<6).map { column / 7 * 42 + $0 * 7 + column % 7 }
        #expect(
          places.allSatisfy { images[0][$0] == lower[$0] } || places.allSatisfy { images[0][$0] == upper[$0] }
        )
      }
      var best = 0
      for query in images.indices.dropFirst() where margins[best] >= 0 {
        let changed = (0..<84).filter { images[query][$0] != images[best][$0] }
        let side = schedule.side(query: query - 1)
        for channel in 0..<2 {
          let places = changed.filter { $0 / 42 == channel }
          let (lines, columns) = (places.map { $0 % 42 / 7 }, places.map { $0 % 7 })
          #expect((lines.max() ?? 0) - (lines.min() ?? 0) < side)
          #expect((columns.max() ?? 0) - (columns.min() ?? 0) < side)
          #expect(
            places.allSatisfy { images[query][$0] == lower[$0] }
              || places.allSatisfy { images[query][$0] == upper[$0] })
        }
        if margins[query] < margins[best] { best = query }
      }
    }
  }

  @Test(
    "In l2 and l1 every query is the published change of two squares of the best example",
    arguments: [Norm.l2, .l1], [true, false])
  func twoSquares(norm: Norm, box: Bool) throws {
    let threat = ThreatModel(norm: norm, epsilon: norm == .l2 ? 0.5 : 0.8, box: box)
    let model = classifier(batch: 6)
    let samples = samples(model)
    let first = model.seen.count
    _ = try model.attackedOnce(samples, by: SquareAttack(threat: threat, queries: 90), restart: 0)

    let schedule = SquareSchedule(height: 6, width: 7, centred: true)
    var compared = 0
    for (row, sample) in samples.enumerated() {
      let (images, margins) = queries(model, sample, row: row, after: first)
      var best = 0
      // Every third of the later ones: each is looked for among more than a thousand.
      for query in images.indices.dropFirst() where margins[best] >= 0 {
        if query < 60 || query % 3 == 0 {
          let naive = NaiveSquareProposals(
            threat: threat, clean: sample.image, best: images[best], channels: 2, height: 6, width: 7,
            side: schedule.side(query: query - 1))
          #expect(naive.contains(images[query]), "sample \(row), query \(query)")
          compared += 1
        }
        if margins[query] < margins[best] { best = query }
      }
    }
    #expect(compared > 60)
  }

  @Test("The search ends when all samples are broken, and goes on to the last query while one is not")
  func end() throws {
    let model = classifier(batch: 3)
    let samples = samples(model)
    let wide = SquareAttack(threat: ThreatModel(norm: .linf, epsilon: 0.5), queries: 400)
    var before = model.modes.count
    _ = try model.attackedOnce(samples, by: wide, restart: 0)
    #expect(model.modes.count - before < 200)

    before = model.modes.count
    let none = SquareAttack(threat: ThreatModel(norm: .linf, epsilon: 0), queries: 50)
    #expect(try model.attackedOnce(samples, by: none, restart: 0) == samples.map(\.image))
    #expect(model.modes.count - before == none.forwardPasses)
  }

  @Test("Restarts and seeds draw other squares", arguments: threats)
  func restarts(threat: ThreatModel) throws {
    let model = classifier(batch: 4)
    let samples = samples(model)
    let attack = SquareAttack(threat: threat, queries: 20, restarts: 2)

    let first = try model.attackedOnce(samples, by: attack, restart: 0)
    let second = try model.attackedOnce(samples, by: attack, restart: 1)
    let other = try model.attackedOnce(samples, by: attack, restart: 0, AttackContext(seed: 2))

    #expect(try model.attackedOnce(samples, by: attack, restart: 0) == first)
    // Large squares leave a small image few ways to differ: not every row has to.
    #expect(first != second)
    #expect(first != other)
  }

  @Test(
    "No sample of a linear model that is robust is broken, and most others are",
    arguments: [(Norm.linf, Float(0.03)), (.l2, 0.3), (.l1, 1.5)])
  func linearModel(norm: Norm, epsilon: Float) throws {
    let shape = ImageShape(channels: 1, height: 6, width: 6)
    let weights = makeWeights(3, 36, stream: 91)
    let biases = weights.map { -0.5 * $0.reduce(0, +) }
    let model = ToyClassifier(
      batch: 60, imageShape: shape, outputCount: 3,
      scores: { image in weights.indices.map { Float(score(Array(image), weights[$0], biases[$0])) } },
      pullBack: { image, _ in image.map { _ in 0 } })
    let samples = samples(model)
    let threat = ThreatModel(norm: norm, epsilon: epsilon)
    let linear = LinearModel(weights: weights.map { $0.map(Double.init) }, biases: biases.map(Double.init))

    let verdicts = ExactLinearCertificate(linear, threat: threat)
      .verdicts(samples.flatMap(\.image), labels: samples.map(\.label))
    _ = try model.attackedOnce(samples, by: SquareAttack(threat: threat, queries: 1000), restart: 0)
    model.forward(.evaluation)

    let broken = samples.indices.map { predictedClass(model.outputs(of: $0)) != samples[$0].label }
    for (verdict, isBroken) in zip(verdicts, broken) where verdict == .certified { #expect(!isBroken) }
    let breakable = verdicts.count { $0 != .certified }
    #expect(breakable > 5 && breakable < 55)
    #expect(2 * broken.count { $0 } > breakable)
  }

  @Test("An output that is not a number counts as broken")
  func notANumber() throws {
    let model = ToyClassifier(
      batch: 2, imageElements: 4, outputCount: 2, scores: { [$0[0] > 0.5 ? .nan : 1, 0] },
      pullBack: { image, _ in image.map { _ in 0 } })
    let samples = (0..<2).map { Sample(image: [0.5, 0.5, 0.5, 0.5], label: 0, index: UInt32($0)) }

    let found = try model.attackedOnce(
      samples, by: SquareAttack(threat: ThreatModel(norm: .linf, epsilon: 0.1), queries: 100), restart: 0)

    #expect(found.allSatisfy { $0[0] > 0.5 })
  }
}
