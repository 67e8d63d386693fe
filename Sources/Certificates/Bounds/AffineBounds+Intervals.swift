import Tensors

extension AffineBounds {
  /// Centre and radius: c' = W c + b, r' = |W| r, and the sum of magnitudes that rounding is relative to.
  func propagate(_ input: Intervals, into output: Intervals, _ state: LayerState) -> Bool {
    let noise = state.values
    let centres = noise + self.output.count
    let radii = centres + self.input.count
    let sizes = radii + self.input.count
    let largest = sizes + self.input.count
    for c in 0..<view.channels { largest[c] = 0 }
    for i in 0..<self.input.count {
      centres[i] = (input.lower[i] + input.upper[i]) / 2
      radii[i] = (input.upper[i] - input.lower[i]) / 2
      sizes[i] = input.magnitude(i)
      let channel = i % view.channels
      if sizes[i] > largest[channel] { largest[channel] = sizes[i] }
    }
    // Written so that NaN counts as too large.
    var isBounded = true
    for block in stride(from: 0, to: self.output.channels, by: 8) {
      let channels = block..<min(block + 8, self.output.channels)
      let filtered = channels.map { filteredRounding($0, largest: largest) }
      for part in filtered where !(part.sum < RoundingAllowance.largest) { isBounded = false }
      for row in 0..<self.output.height {
        for column in 0..<self.output.width {
          let sums = sum(row, column, block, centres, state.places)
          let place = (row * self.output.width + column) * self.output.channels
          for (lane, channel) in channels.enumerated() {
            let size = sums.size[lane] + abs(bias[channel])
            if !(size < RoundingAllowance.largest) { isBounded = false }
            let rounding = max(directRounding(channel, sum: size), filtered[lane].rounding)
            let centre = sums.centre[lane] + bias[channel]
            noise[place + channel] = rounding
            output.lower[place + channel] = centre - sums.radius[lane] - rounding
            output.upper[place + channel] = centre + sums.radius[lane] + rounding
          }
        }
      }
    }
    return isBounded
  }

  /// Three sums for the eight output channels from `block` on.
  @inline(__always)
  private func sum(
    _ row: Int, _ column: Int, _ block: Int, _ centres: UnsafePointer<Double>,
    _ places: UnsafeMutablePointer<Int>
  ) -> (centre: Lanes, radius: Lanes, size: Lanes) {
    var (centre, radius, size) = (Lanes.zero, Lanes.zero, Lanes.zero)
    let radii = centres + input.count
    let sizes = radii + input.count
    for tap in 0..<gatherTaps(row: row, column: column, into: places) {
      let offset = places[2 * tap] * view.channels * rowStride + block
      let signed = UnsafeRawPointer(weights.pointer + offset)
      let unsigned = UnsafeRawPointer(magnitudes.pointer + offset)
      let first = places[2 * tap + 1] * view.channels
      for c in 0..<view.channels {
        // What is zero for the whole set, as behind a ReLU, costs nothing.
        if sizes[first + c] == 0 { continue }
        let bytes = c * rowStride * MemoryLayout<Double>.stride
        let weight = signed.load(fromByteOffset: bytes, as: Lanes.self)
        let magnitude = unsigned.load(fromByteOffset: bytes, as: Lanes.self)
        centre += weight * Lanes(repeating: centres[first + c])
        radius += magnitude * Lanes(repeating: radii[first + c])
        size += magnitude * Lanes(repeating: sizes[first + c])
      }
    }
    return (centre, radius, size)
  }

  /// The l_q norm of the weights of every output: how much it can change for each unit of a ball in the image.
  func rowNorms(exponent q: Double) -> [Double] {
    var norms = [Double](repeating: 0, count: output.count)
    let places = LayerState(places: 2 * geometry.kernel * geometry.kernel)
    for position in 0..<output.height * output.width {
      let (row, column) = position.quotientAndRemainder(dividingBy: output.width)
      let taps = gatherTaps(row: row, column: column, into: places.places)
      for o in 0..<output.channels {
        var norm = 0.0
        for tap in 0..<taps {
          for c in 0..<view.channels {
            let weight = magnitudes.pointer[(places.places[2 * tap] * view.channels + c) * rowStride + o]
            switch q {
            case 1: norm += weight
            case 2: norm += weight * weight
            default: norm = max(norm, weight)
            }
          }
        }
        norms[position * output.channels + o] = (q == 2 ? norm.squareRoot() : norm) * (1 + 0x1p-29)
      }
    }
    return norms
  }
}
