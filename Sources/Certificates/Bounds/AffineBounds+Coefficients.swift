import Tensors

extension AffineBounds {
  /// a (W x + b + e) >= (a W) x + a b - |a| r.
  func pullBack(
    _ coefficients: UnsafePointer<Lanes>, _ window: Window, channels: [Int]?,
    into result: UnsafeMutablePointer<Lanes>, _ constants: inout Lanes, _ state: LayerState
  ) -> Window {
    addConstants(coefficients, window, state.values, &constants)
    let reached = window.reached(
      kernel: geometry.kernel, stride: geometry.stride, padding: geometry.padding, in: view)
    for row in reached.rows {
      for column in reached.columns {
        let taps = gatherBackwardTaps(row: row, column: column, in: window, into: state.places)
        let target = result + (row * view.width + column) * view.channels
        if let channels {
          channels.withUnsafeBufferPointer {
            writeFew(coefficients, $0, taps, state.places, into: target)
          }
        } else {
          write(coefficients, taps, state.places, into: target)
        }
      }
    }
    // A vector of the inputs is all of them.
    return view == input ? reached : input.window
  }

  private func addConstants(
    _ coefficients: UnsafePointer<Lanes>, _ window: Window, _ noise: UnsafePointer<Double>,
    _ constants: inout Lanes
  ) {
    for row in window.rows {
      for column in window.columns {
        let first = (row * output.width + column) * output.channels
        for o in 0..<output.channels {
          let a = coefficients[first + o]
          constants +=
            a * Lanes(repeating: bias[o]) - a.magnitudes * Lanes(repeating: noise[first + o])
        }
      }
    }
  }

  /// The outputs in a window that an input has a part in: places in the kernel, and where their channels begin.
  private func gatherBackwardTaps(
    row: Int, column: Int, in window: Window, into places: UnsafeMutablePointer<Int>
  ) -> Int {
    var count = 0
    for i in 0..<geometry.kernel {
      let (y, outside) = (row + geometry.padding - i).quotientAndRemainder(dividingBy: geometry.stride)
      guard outside == 0 && window.rows.contains(y) else { continue }
      for j in 0..<geometry.kernel {
        let (x, outside) = (column + geometry.padding - j).quotientAndRemainder(dividingBy: geometry.stride)
        guard outside == 0 && window.columns.contains(x) else { continue }
        places[2 * count] = (i * geometry.kernel + j) * view.channels * rowStride
        places[2 * count + 1] = (y * output.width + x) * output.channels
        count += 1
      }
    }
    return count
  }

  /// The coefficients of all channels at one position, two at a time.
  @inline(__always)
  private func write(
    _ coefficients: UnsafePointer<Lanes>, _ taps: Int, _ places: UnsafePointer<Int>,
    into target: UnsafeMutablePointer<Lanes>
  ) {
    var c = 0
    while c + 2 <= view.channels {
      var (first, second) = (Lanes.zero, Lanes.zero)
      for tap in 0..<taps {
        let weight = weights.pointer + places[2 * tap] + c * rowStride
        let next = weight + rowStride
        let a = coefficients + places[2 * tap + 1]
        for o in 0..<output.channels {
          let lanes = a[o]
          first += lanes * Lanes(repeating: weight[o])
          second += lanes * Lanes(repeating: next[o])
        }
      }
      target[c] = first
      target[c + 1] = second
      c += 2
    }
    guard c < view.channels else { return }
    var sum = Lanes.zero
    for tap in 0..<taps {
      let weight = weights.pointer + places[2 * tap] + c * rowStride
      let a = coefficients + places[2 * tap + 1]
      for o in 0..<output.channels { sum += a[o] * Lanes(repeating: weight[o]) }
    }
    target[c] = sum
  }

  /// The same where few output channels have coefficients.
  @inline(__always)
  private func writeFew(
    _ coefficients: UnsafePointer<Lanes>, _ channels: UnsafeBufferPointer<Int>, _ taps: Int,
    _ places: UnsafePointer<Int>, into target: UnsafeMutablePointer<Lanes>
  ) {
    for c in 0..<view.channels {
      var sum = Lanes.zero
      for tap in 0..<taps {
        let weight = weights.pointer + places[2 * tap] + c * rowStride
        let a = coefficients + places[2 * tap + 1]
        for o in channels { sum += a[o] * Lanes(repeating: weight[o]) }
      }
      target[c] = sum
    }
  }
}
