import Networks
import ReferenceNetworks
import Testing

/// What a sample's numbers must not depend on: its row in the micro-batch, and its neighbours.
@Suite("Row independence")
struct RowIndependenceTests {
  /// The bits of each sample's outputs and image gradient.
  private func rows(
    _ session: NetworkSession, _ images: [[Float]], _ directions: [[Float]]
  ) throws -> [[UInt32]] {
    let result = try session.run(images.flatMap { $0 }, direction: directions.flatMap { $0 })
    let (outputs, elements) = (session.outputCount, session.imageElements)
    return (0..<session.batch).map { row in
      bits(result.outputs[row * outputs..<(row + 1) * outputs])
        + bits(result.gradient[row * elements..<(row + 1) * elements])
    }
  }

  @Test(
    "A sample's bits depend neither on its row nor on its neighbours",
    arguments: NetworkCase.all, [8, 16, 50, 64, 100])
  func independence(_ network: NetworkCase, microbatch: Int) throws {
    let session = try network.session(network.parameters(), microbatch: microbatch)
    let images = (0..<microbatch).map(network.image)
    let directions = (0..<microbatch).map { uniformValues(session.outputCount, seed: UInt64($0)) }
    let straight = try rows(session, images, directions)

    for shift in [1, microbatch / 2] {
      // Backwards and shifted: every sample gets another row and other neighbours.
      let order = (0..<microbatch).map { (2 * microbatch - 1 - $0 + shift) % microbatch }
      let permuted = try rows(session, order.map { images[$0] }, order.map { directions[$0] })
      let moved = order.indices.filter { permuted[$0] != straight[order[$0]] }
      #expect(moved.isEmpty, "shift \(shift), \(session.network.implementations)")
    }

    for (filler, kept) in [(Float(0), microbatch - 1), (1e20, microbatch / 2), (.nan, 0)] {
      var otherImages = images
      var otherDirections = directions
      for row in 0..<microbatch where row != kept {
        otherImages[row] = [Float](repeating: filler, count: session.imageElements)
        otherDirections[row] = [Float](repeating: filler, count: session.outputCount)
      }
      let alone = try rows(session, otherImages, otherDirections)[kept]
      #expect(alone == straight[kept], "row \(kept) among \(filler), \(session.network.implementations)")
    }
  }
}
