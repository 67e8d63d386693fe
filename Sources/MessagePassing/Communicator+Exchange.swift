internal import COpenMPI

extension Communicator {
  /// Sends each rank its block of one buffer and receives every rank's block for this one into another.
  ///
  /// `MPI_Alltoallv`, MPI 3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - source: the elements to send.
  ///   - sourceLayout: the block of `source` that goes to each rank.
  ///   - destination: the elements received; must not overlap `source`.
  ///   - destinationLayout: where in `destination` the block from each rank goes. Its size must be the one that
  ///     rank sends.
  /// - Precondition: each layout has `size` blocks, all inside its buffer.
  public func allToAll<Element: MessageElement>(
    _ source: UnsafeBufferPointer<Element>, _ sourceLayout: BlockLayout,
    into destination: UnsafeMutableBufferPointer<Element>, _ destinationLayout: BlockLayout
  ) throws(MPIError) {
    sourceLayout.requireFits(ranks: size, count: source.count)
    destinationLayout.requireFits(ranks: size, count: destination.count)
    try check("MPI_Alltoallv") {
      MPI_Alltoallv(
        source.baseAddress, sourceLayout.counts, sourceLayout.displacements, Element.wireType.datatype,
        destination.baseAddress, destinationLayout.counts, destinationLayout.displacements,
        Element.wireType.datatype, handle)
    }
  }

  /// Completes a buffer of which every rank has filled in its own block.
  ///
  /// `MPI_Allgatherv` with `MPI_IN_PLACE`, MPI 3.1, section 5.7.
  ///
  /// - Parameters:
  ///   - buffer: holds this rank's block before the call and all blocks after it.
  ///   - layout: the block of each rank, the same on all of them.
  /// - Precondition: the layout has `size` blocks, all inside the buffer.
  public func allGather<Element: MessageElement>(
    inPlace buffer: UnsafeMutableBufferPointer<Element>, _ layout: BlockLayout
  ) throws(MPIError) {
    layout.requireFits(ranks: size, count: buffer.count)
    let type = Element.wireType.datatype
    try check("MPI_Allgatherv") {
      MPI_Allgatherv(
        cmpi_in_place(), 0, type, buffer.baseAddress, layout.counts, layout.displacements, type, handle)
    }
  }
}
