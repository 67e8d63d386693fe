internal import COpenMPI

extension Communicator {
  /// Combines the arrays of all ranks element by element, for all ranks.
  ///
  /// `MPI_Allreduce`, MPI 3.1, section 5.9.6.
  ///
  /// - Parameters:
  ///   - values: this rank's elements, as many as on every other rank.
  ///   - reduction: how to combine them.
  /// - Returns: the combined elements, the same on all ranks.
  public func allReduce<Element>(
    _ values: [Element], _ reduction: Reduction<Element>
  ) throws(MPIError) -> [Element] {
    var result = values
    try result.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try check("MPI_Allreduce") {
        MPI_Allreduce(
          cmpi_in_place(), buffer.baseAddress, mpiCount(buffer.count, of: Element.self),
          Element.wireType.datatype, reduction.operation(), handle)
      }
    }
    return result
  }

  /// Combines one value of every rank, for all ranks.
  ///
  /// `MPI_Allreduce`, MPI 3.1, section 5.9.6.
  public func allReduce<Element>(
    _ value: Element, _ reduction: Reduction<Element>
  ) throws(MPIError) -> Element {
    try allReduce([value], reduction)[0]
  }

  /// Adds up the buffers of all ranks in the order that the library chooses: for comparisons of speed only.
  ///
  /// The last bits of the sums depend on the library and on the number of ranks, which no result may. `MPI_Allreduce`
  /// with `MPI_IN_PLACE`, MPI 3.1, section 5.9.6.
  ///
  /// - Parameter buffer: as long on every rank; holds the sums afterwards.
  package func sumInLibraryOrder(inPlace buffer: UnsafeMutableBufferPointer<Float>) throws(MPIError) {
    let count = mpiCount(buffer.count, of: Float.self)
    try check("MPI_Allreduce") {
      MPI_Allreduce(cmpi_in_place(), buffer.baseAddress, count, cmpi_float(), cmpi_sum(), handle)
    }
  }
}
