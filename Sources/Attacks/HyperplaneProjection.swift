import Kernels
import Tensors

/// Steps of an image to a hyperplane in the norm of a threat, within the box where there is one, with the memory
/// they need.
package final class HyperplaneProjection {
  private let threat: ThreatModel
  private let elements: Int
  private let kernels = Projections.selected
  private let distance: Projections.Distance
  private let room: AlignedBuffer<Float>
  private let size: AlignedBuffer<Float>
  private let order: AlignedBuffer<Int32>
  private let change: AlignedBuffer<Float>
  private let cleanChange: AlignedBuffer<Float>

  /// Creates room for images of so many values.
  package init(_ threat: ThreatModel, imageElements: Int) {
    self.threat = threat
    elements = imageElements
    distance =
      switch threat.norm {
      case .linf: .linf
      case .l2: .l2
      case .l1: .l1
      }
    let padded = (imageElements + 7) / 8 * 8
    room = AlignedBuffer(count: padded)
    size = AlignedBuffer(count: padded)
    order = AlignedBuffer(count: padded)
    change = AlignedBuffer(count: imageElements)
    cleanChange = AlignedBuffer(count: imageElements)
  }

  private var scratch: Projections.Scratch {
    Projections.Scratch(room: room.pointer, size: size.pointer, order: order.pointer)
  }

  /// Writes the shortest step from `point` that lowers the inner product with the normal by `excess`; the farthest step
  /// where the box does not let it that far.
  ///
  /// - Returns: The length of the step in the threat's norm.
  @discardableResult
  package func step(
    from point: UnsafePointer<Float>, normal: UnsafePointer<Float>, excess: Double,
    into step: UnsafeMutablePointer<Float>
  ) -> Double {
    kernels.stepToPlane(
      from: point, weights: normal, excess: excess, in: distance, box: threat.box, into: step, elements,
      scratch)
  }

  /// The norm of a plane's normal that turns a difference of scores into a distance.
  func dualNorm(_ normal: UnsafePointer<Float>) -> Double {
    switch threat.norm {
    case .linf: kernels.sumOfMagnitudes(normal, elements)
    case .l2: Passes.selected.sumOfSquares(normal, elements).squareRoot()
    case .l1: Double(kernels.largestMagnitude(normal, elements))
    }
  }

  /// Moves an iterate between its own and the clean image's projection on the plane where the linearised lead is 0.
  ///
  /// - Parameters:
  ///   - image: The iterate.
  ///   - clean: The clean image.
  ///   - normal: The gradient of the lead at the iterate.
  ///   - lead: The lead at the iterate.
  func move(
    _ image: UnsafeMutablePointer<Float>, clean: UnsafePointer<Float>, normal: UnsafePointer<Float>,
    lead: Double
  ) {
    let length = step(from: image, normal: normal, excess: lead, into: change.pointer)
    let cleanLead = lead + kernels.dot(normal, differenceOf: clean, image, elements)
    let cleanLength = step(from: clean, normal: normal, excess: cleanLead, into: cleanChange.pointer)
    let (own, other) = (max(length, 1e-8), max(cleanLength, 1e-8))
    let share = Float(min(own / (own + other), FastAdaptiveBoundary.largestShare))
    kernels.combine(
      image, clean: clean, step: change.pointer, cleanStep: cleanChange.pointer,
      reach: FastAdaptiveBoundary.overshoot, share: share, box: threat.box, elements)
  }

  /// Moves an image by half of epsilon in a random direction, and into the box.
  func offset(_ image: UnsafeMutablePointer<Float>, from stream: inout RandomStream) {
    let direction = change.pointer
    for i in 0..<elements {
      direction[i] = threat.norm == .linf ? stream.symmetric() : Float(stream.normal())
    }
    let length: Double =
      switch threat.norm {
      case .linf: Double(kernels.largestMagnitude(direction, elements))
      case .l2: Passes.selected.sumOfSquares(direction, elements).squareRoot()
      case .l1: kernels.sumOfMagnitudes(direction, elements)
      }
    guard length > 0 else { return }
    Passes.selected.addScaled(image, Float(Double(threat.epsilon) / 2 / length), direction, elements)
    guard threat.box else { return }
    for i in 0..<elements { image[i] = min(max(image[i], 0), 1) }
  }
}
