import Tensors

/// Bounds through a convolution, or a fully connected layer taken as one of 1x1 on a plane without rows and columns.
final class AffineBounds: BoundLayer {
  /// Where kernels go.
  struct Geometry: Equatable, Sendable {
    var kernel = 1
    var stride = 1
    var padding = 0
  }

  let input: Plane
  let output: Plane
  let geometry: Geometry
  /// The inputs as kernels see them.
  let view: Plane
  /// By place in the kernel, input channel, output channel; rows of `stride` numbers with zeros behind the last.
  let weights: AlignedBuffer<Double>
  let magnitudes: AlignedBuffer<Double>
  let bias: [Double]
  /// The numbers from one input channel's weights to the next's.
  let rowStride: Int
  private let allowance: AffineAllowance

  /// Creates the bounds of a layer.
  ///
  /// - Parameters:
  ///   - weight: The weight of (output channel, input channel, row and column in the kernel).
  ///   - coversMinimalFiltering: Whether it may be computed by minimal filtering where that fits.
  ///   - bias: One for each output channel.
  init(
    input: Plane, view: Plane, outputChannels: Int, _ geometry: Geometry,
    coversMinimalFiltering: Bool = false, bias: [Double],
    weight: (_ output: Int, _ input: Int, _ row: Int, _ column: Int) -> Double
  ) {
    let kernel = geometry.kernel
    self.input = input
    self.view = view
    self.geometry = geometry
    self.bias = bias
    func extent(_ edge: Int) -> Int { (edge + 2 * geometry.padding - kernel) / geometry.stride + 1 }
    output = Plane(height: extent(view.height), width: extent(view.width), channels: outputChannels)
    rowStride = (outputChannels + 7) / 8 * 8
    weights = AlignedBuffer(count: kernel * kernel * view.channels * rowStride)
    magnitudes = AlignedBuffer(count: weights.count)
    for tap in 0..<kernel * kernel {
      for c in 0..<view.channels {
        for o in 0..<outputChannels {
          let value = weight(o, c, tap / kernel, tap % kernel)
          let place = (tap * view.channels + c) * rowStride + o
          weights.pointer[place] = value
          magnitudes.pointer[place] = abs(value)
        }
      }
    }
    allowance = AffineAllowance(
      geometry, inputChannels: view.channels, outputChannels: outputChannels,
      coversMinimalFiltering: coversMinimalFiltering
    ) { [magnitudes, rowStride] tap, c, o in
      magnitudes.pointer[(tap * view.channels + c) * rowStride + o]
    }
  }

  /// Intervals need three numbers of each input; rounding is remembered for each output, taps for the kernel.
  func makeState() -> LayerState {
    LayerState(
      values: output.count + 3 * input.count + view.channels,
      places: 2 * geometry.kernel * geometry.kernel)
  }

  /// The inputs that the output at a row and column sums over: places in the kernel and positions in the plane.
  ///
  /// - Returns: Their number.
  func gatherTaps(row: Int, column: Int, into places: UnsafeMutablePointer<Int>) -> Int {
    var count = 0
    for i in 0..<geometry.kernel {
      let y = row * geometry.stride - geometry.padding + i
      guard y >= 0 && y < view.height else { continue }
      for j in 0..<geometry.kernel {
        let x = column * geometry.stride - geometry.padding + j
        guard x >= 0 && x < view.width else { continue }
        places[2 * count] = i * geometry.kernel + j
        places[2 * count + 1] = y * view.width + x
        count += 1
      }
    }
    return count
  }

  /// What float32 may add to each output of minimal filtering, by output channel; nothing where it cannot serve.
  ///
  /// - Parameter largest: The largest magnitude of each input channel.
  func filteredRounding(_ channel: Int, largest: UnsafePointer<Double>) -> (sum: Double, rounding: Double) {
    guard !allowance.filtered.isEmpty else { return (0, 0) }
    var sum = abs(bias[channel])
    for c in 0..<view.channels { sum += allowance.filtered[channel * view.channels + c] * largest[c] }
    return (sum, sum * allowance.filteredRelative)
  }

  /// What float32 may add to an output whose terms have magnitudes of this sum.
  func directRounding(_ channel: Int, sum: Double) -> Double {
    sum * allowance.direct + allowance.underflow[channel]
  }
}
