import Foundation

/// Scores that are sums of waves of single pixels, with gradients known in closed form.
///
/// Class 0 has a lead that no image can take from it, so that an attack on it never ends before its last step.
struct WavyScores {
  let frequencies: [[Double]]
  let phases: [[Double]]
  var lead = 6.0
  var amplitude = 0.25

  init(classes: Int, elements: Int) {
    frequencies = makeWeights(classes, elements, stream: 71).map { $0.map { 2 + 6 * Double($0) } }
    phases = makeWeights(classes, elements, stream: 72).map { $0.map { 3 * Double($0) } }
  }

  func scores(_ image: [Double]) -> [Double] {
    frequencies.indices.map { k in
      image.indices.reduce(k == 0 ? lead : 0) {
        $0 + amplitude * Foundation.sin(frequencies[k][$1] * image[$1] + phases[k][$1])
      }
    }
  }

  func pullBack(_ image: [Double], _ gradient: [Double]) -> [Double] {
    image.indices.map { j in
      frequencies.indices.reduce(0) { sum, k in
        sum + gradient[k] * amplitude * frequencies[k][j]
          * Foundation.cos(frequencies[k][j] * image[j] + phases[k][j])
      }
    }
  }

  /// A classifier with these scores, in float32 as a network gives them.
  func classifier(batch: Int) -> ToyClassifier {
    ToyClassifier(
      batch: batch, imageElements: frequencies[0].count, outputCount: frequencies.count,
      scores: { scores($0.map(Double.init)).map { Float($0) } },
      pullBack: { pullBack($0.map(Double.init), $1.map(Double.init)).map { Float($0) } })
  }
}
