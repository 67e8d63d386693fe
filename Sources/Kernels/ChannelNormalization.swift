import CKernels

/// The function behind a normalization.
public enum Activation: String, Sendable, CaseIterable {
  /// x.
  case identity
  /// max(x, 0).
  case relu
  /// x sigmoid(x) (Ramachandran et al. 2017; Elfwing et al. 2018), also known as SiLU.
  case swish

  fileprivate var code: ckernels_activation {
    switch self {
    case .identity: ckernels_identity
    case .relu: ckernels_rectified
    case .swish: ckernels_swish
    }
  }
}

/// Passes over channel-blocked activations in which every channel has numbers of its own, for the selected
/// instruction set.
///
/// Numbers by channel are arrays of `layout.planes * layout.lanes` elements; those of lanes without a channel are zero.
/// All instruction sets give the same bits, and sums are taken in Double in a fixed order.
public struct ChannelNormalization: Sendable {
  /// A constant of the program, never written.
  nonisolated(unsafe) private let table: UnsafePointer<ckernels_normalization_table>
  private let layout: ActivationLayout
  private let activation: Activation

  /// The passes on activations of a layout.
  ///
  /// - Parameters:
  ///   - layout: That of a sample.
  ///   - activation: What follows the normalization.
  ///   - instructionSet: Which vector instructions are used; this CPU has to have them.
  /// - Precondition: the layout is channel-blocked.
  public init(
    _ layout: ActivationLayout, _ activation: Activation, instructionSet: InstructionSet = .selected
  ) {
    precondition(layout.lanes == 8 || layout.lanes == 16, "channels of \(layout) are not side by side")
    self.layout = layout
    self.activation = activation
    table = Self.table(for: instructionSet)
  }

  static func table(for set: InstructionSet) -> UnsafePointer<ckernels_normalization_table> {
    guard let table = ckernels_normalization_for(Int32(set.rawValue)) else {
      preconditionFailure("no kernels for \(set) on this CPU")
    }
    return table
  }

  /// The sum of each channel over `samples` samples.
  public func sums(
    of x: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Double>, samples: Int
  ) {
    var channels = layout.channelExtents(samples: samples)
    table.pointee.sums(&channels, x, sums)
  }

  /// The sum of (x - centre)^2 of each channel.
  public func squares(
    of x: UnsafePointer<Float>, around centre: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Double>,
    samples: Int
  ) {
    var channels = layout.channelExtents(samples: samples)
    table.pointee.squares(&channels, x, centre, sums)
  }

  /// y <- f(scale x + shift).
  public func forward(
    _ x: UnsafePointer<Float>, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>, samples: Int
  ) {
    var channels = layout.channelExtents(samples: samples)
    var function = ckernels_affine_activation(scale: scale, shift: shift, activation: activation.code)
    table.pointee.forward(&channels, &function, x, y)
  }

  /// The sums of g and of g (x - centre) for each channel, where g is the gradient before f.
  public func gradientSums(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, gradient: UnsafePointer<Float>,
    scale: UnsafePointer<Float>, shift: UnsafePointer<Float>, centre: UnsafePointer<Float>,
    sums: UnsafeMutablePointer<Double>, products: UnsafeMutablePointer<Double>, samples: Int
  ) {
    var channels = layout.channelExtents(samples: samples)
    var function = ckernels_affine_activation(scale: scale, shift: shift, activation: activation.code)
    table.pointee.gradient_sums(&channels, &function, x, y, centre, gradient, sums, products)
  }

  /// The term that the statistics of a batch add to the gradient by x: offset + slope (x - centre).
  public struct Correction {
    /// The constant part.
    public let offset: UnsafePointer<Float>
    /// What the distance from the centre is multiplied with.
    public let slope: UnsafePointer<Float>
    /// The mean of the batch.
    public let centre: UnsafePointer<Float>

    /// Creates a correction.
    public init(offset: UnsafePointer<Float>, slope: UnsafePointer<Float>, centre: UnsafePointer<Float>) {
      self.offset = offset
      self.slope = slope
      self.centre = centre
    }
  }

  /// The gradient by x: scale f'(z) gradient, plus a correction, plus an addend; may overwrite `gradient`.
  public func backward(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, gradient: UnsafePointer<Float>,
    scale: UnsafePointer<Float>, shift: UnsafePointer<Float>, correction: Correction?,
    addend: UnsafePointer<Float>?, into inputGradient: UnsafeMutablePointer<Float>, samples: Int
  ) {
    var channels = layout.channelExtents(samples: samples)
    var function = ckernels_affine_activation(scale: scale, shift: shift, activation: activation.code)
    var terms = ckernels_normalized_gradient(
      offset: correction?.offset, slope: correction?.slope, centre: correction?.centre, addend: addend)
    table.pointee.backward(&channels, &function, x, y, gradient, &terms, inputGradient)
  }
}

extension ActivationLayout {
  fileprivate func channelExtents(samples: Int) -> ckernels_channels {
    ckernels_channels(samples: samples, blocks: planes, area: height * width, lanes: lanes)
  }
}

extension Passes {
  private var normalization: ckernels_normalization_table {
    ChannelNormalization.table(for: .selected).pointee
  }

  /// y <- x sigmoid(x).
  public func swish(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ count: Int) {
    normalization.swish(x, y, count)
  }

  /// gradient <- gradient times the derivative of x sigmoid(x).
  public func swishGradient(
    _ gradient: UnsafeMutablePointer<Float>, input x: UnsafePointer<Float>, _ count: Int
  ) {
    normalization.swish_gradient(x, gradient, count)
  }

  /// The mean of each channel over all pixels of a sample.
  public func planeMeans(
    _ layout: ActivationLayout, _ x: UnsafePointer<Float>, into means: UnsafeMutablePointer<Float>,
    samples: Int
  ) {
    var channels = layout.channelExtents(samples: samples)
    normalization.plane_means(&channels, x, means)
  }

  /// The gradient by the input of `planeMeans`.
  public func planeMeansGradient(
    _ layout: ActivationLayout, outputGradient: UnsafePointer<Float>,
    into inputGradient: UnsafeMutablePointer<Float>, samples: Int
  ) {
    var channels = layout.channelExtents(samples: samples)
    normalization.plane_means_gradient(&channels, outputGradient, inputGradient)
  }
}
