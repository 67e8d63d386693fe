import Tensors

/// The `place`-th largest of `values` (1 for the largest), which are put in another order: Hoare's selection.
package func select(_ place: Int, of values: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
  let target = place - 1
  var low = 0
  var high = count - 1
  while low < high {
    let pivot = values[target]
    var i = low
    var j = high
    repeat {
      while values[i] > pivot { i += 1 }
      while values[j] < pivot { j -= 1 }
      if i <= j {
        (values[i], values[j]) = (values[j], values[i])
        i += 1
        j -= 1
      }
    } while i <= j
    if j < target { low = i }
    if i > target { high = j }
  }
  return values[target]
}

extension Ball {
  /// Moves an iterate of an l1 ball by `length` in all, spread evenly over the `kept` pixels of largest gradient, and
  /// back into the ball.
  ///
  /// With one pixel that is the steepest step; more of them make up for the box, which stops single pixels soon.
  func sparseStep(
    _ image: UnsafeMutablePointer<Float>, along gradient: UnsafePointer<Float>, by length: Float,
    keeping kept: Int, _ row: Int
  ) {
    let count = batch.imageElements
    let magnitudes = batch.scratch.pointer
    // A NaN would send the selection out of bounds; it is no direction either.
    for j in 0..<count { magnitudes[j] = gradient[j].isNaN ? 0 : abs(gradient[j]) }
    let threshold = select(kept, of: magnitudes, count)
    func moves(_ j: Int) -> Bool { gradient[j] != 0 && abs(gradient[j]) >= threshold }
    var moving = 0
    for j in 0..<count where moves(j) { moving += 1 }
    if moving == 0 { return }
    let change = length / Float(moving)
    for j in 0..<count where moves(j) { image[j] += gradient[j] > 0 ? change : -change }
    project(image, row)
  }
}
