import COneDNN

/// Which of oneDNN's implementations run the passes of an affine kernel, by their names in oneDNN.
///
/// Nil is the one that oneDNN prefers, and so is a name that it does not offer for a shape.
public struct AffineChoice: Equatable, Sendable {
  /// What runs the forward pass, such as jit:avx512_core.
  public var forward: String?
  /// What runs the gradient by the input.
  public var backward: String?
  /// What runs the gradient by the parameters.
  public var weights: String?

  /// Creates a choice.
  public init(forward: String? = nil, backward: String? = nil, weights: String? = nil) {
    self.forward = forward
    self.backward = backward
    self.weights = weights
  }
}

/// The names of the implementations that oneDNN offers for the passes of an affine kernel, each list in its order
/// of preference.
///
/// Reference loops are named only where there is nothing else.
public struct AffineOffers: Equatable, Sendable {
  /// What can run the forward pass.
  public let forward: [String]
  /// What can run the gradient by the input.
  public let backward: [String]
  /// What can run the gradient by the parameters.
  public let weights: [String]

  /// Asks oneDNN.
  ///
  /// - Throws: `OneDNNError` where it has nothing for a pass.
  public init(_ geometry: AffineGeometry, batch: Int) throws(OneDNNError) {
    let first = try AffinePass(conednn_forward, geometry, batch: batch, name: nil).primitive
    forward = try Self.names(conednn_forward, geometry, batch: batch, forward: nil)
    backward = try Self.names(conednn_backward_data, geometry, batch: batch, forward: first)
    weights = try Self.names(conednn_backward_weights, geometry, batch: batch, forward: first)
  }

  private static func names(
    _ pass: conednn_pass, _ geometry: AffineGeometry, batch: Int, forward: Primitive?
  ) throws(OneDNNError) -> [String] {
    let offers = try geometry.offers(pass, batch: batch, forward: forward)
    return offers.map { $0.implementation }
  }
}
