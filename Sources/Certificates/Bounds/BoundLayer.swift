import Tensors

/// Linear functions side by side: the coefficients of eight of them at one value.
typealias Lanes = SIMD8<Double>

/// A layer as bounds go through it: intervals forward, linear lower bounds backward.
///
/// Both hold for the values that float32 computes, as `RoundingAllowance` says. Layers are told apart by what they
/// do here alone: another kind of layer is another type. A state belongs to a layer and a thread; `propagate`
/// leaves in it what `pullBack` needs.
protocol BoundLayer: Sendable {
  /// What comes in, as the layer before has it.
  var input: Plane { get }
  /// What goes out.
  var output: Plane { get }

  /// The memory of one thread.
  func makeState() -> LayerState

  /// The intervals of the outputs from those of the inputs.
  ///
  /// - Returns: Whether float32 computes them without overflow; false where nothing is known of the outputs.
  func propagate(_ input: Intervals, into output: Intervals, _ state: LayerState) -> Bool

  /// Turns lower bounds that are linear in the outputs into lower bounds that are linear in the inputs.
  ///
  /// - Parameters:
  ///   - coefficients: Those of the outputs in `window`; zero everywhere else.
  ///   - channels: The channels with coefficients other than zero; nil for all.
  ///   - result: Overwritten with the coefficients of the inputs in the window that is returned.
  ///   - constants: What is added to the linear functions.
  func pullBack(
    _ coefficients: UnsafePointer<Lanes>, _ window: Window, channels: [Int]?,
    into result: UnsafeMutablePointer<Lanes>, _ constants: inout Lanes, _ state: LayerState
  ) -> Window

  /// Marks the inputs whose intervals are worth tightening.
  ///
  /// - Parameters:
  ///   - outputs: Which outputs' intervals are worth it; nil for all.
  ///   - isRectified: Whether a ReLU follows, so that outputs that are never positive do not matter.
  func markInputs(
    _ marks: inout [Bool], outputs: [Bool]?, isRectified: Bool, _ input: Intervals, _ state: LayerState)
}

extension BoundLayer {
  func markInputs(
    _ marks: inout [Bool], outputs: [Bool]?, isRectified: Bool, _ input: Intervals, _ state: LayerState
  ) {
    for i in marks.indices { marks[i] = true }
  }
}

/// The ends of the intervals of a plane's values.
struct Intervals {
  let lower: UnsafeMutablePointer<Double>
  let upper: UnsafeMutablePointer<Double>
  let count: Int

  /// The largest magnitude in an interval.
  func magnitude(_ i: Int) -> Double { max(abs(lower[i]), abs(upper[i])) }

  /// Keeps the better of two bounds on each side.
  func tighten(_ i: Int, lower newLower: Double, upper newUpper: Double) {
    if newLower > lower[i] { lower[i] = newLower }
    if newUpper < upper[i] { upper[i] = newUpper }
  }
}

/// What one thread keeps of a layer between its passes.
final class LayerState {
  /// Numbers, as many as the layer asked for.
  let values: UnsafeMutablePointer<Double>
  /// Places, as many as the layer asked for.
  let places: UnsafeMutablePointer<Int>
  private let valueBuffer: AlignedBuffer<Double>
  private let placeBuffer: AlignedBuffer<Int>

  init(values: Int = 0, places: Int = 0) {
    valueBuffer = AlignedBuffer(count: values)
    placeBuffer = AlignedBuffer(count: places)
    self.values = valueBuffer.pointer
    self.places = placeBuffer.pointer
  }
}

extension Lanes {
  /// The magnitudes.
  @inline(__always)
  var magnitudes: Lanes { replacing(with: -self, where: self .< 0) }
  /// The positive ones, zero for the others.
  @inline(__always)
  var positivePart: Lanes { replacing(with: 0, where: self .<= 0) }
  /// The negative ones, zero for the others.
  @inline(__always)
  var negativePart: Lanes { replacing(with: 0, where: self .>= 0) }
}
