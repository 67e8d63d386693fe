import Kernels
import Tensors

extension Ball {
  /// Puts an iterate where Auto-PGD starts: noise scaled so that it reaches the surface of a linf or l2 ball, or
  /// normal noise projected on an l1 ball; then cut to the box.
  func placeStart(_ image: UnsafeMutablePointer<Float>, _ row: Int, from stream: inout RandomStream) {
    let count = batch.imageElements
    let clean = batch.image(row)
    let radius = threat.epsilon
    switch threat.norm {
    case .linf:
      var largest: Float = 0
      for j in 0..<count {
        image[j] = stream.symmetric()
        largest = max(largest, abs(image[j]))
      }
      let factor = radius / (largest + 1e-12)
      for j in 0..<count { image[j] = clean[j] + factor * image[j] }
    case .l2:
      for j in 0..<count { image[j] = Float(stream.normal()) }
      let length = Passes.selected.sumOfSquares(image, count).squareRoot()
      let factor = Float(Double(radius) / (length + 1e-12))
      for j in 0..<count { image[j] = clean[j] + factor * image[j] }
    case .l1:
      for j in 0..<count { image[j] = clean[j] + Float(stream.normal()) }
    }
    project(image, row)
  }
}
