internal import COpenMPI

extension Communicator {
  /// The arrays of all ranks one after the other, on every rank.
  ///
  /// `MPI_Allgather`, MPI 3.1, section 5.7.
  ///
  /// - Parameter values: this rank's elements, as many as on every other rank.
  /// - Returns: `size * values.count` elements in the order of the ranks.
  public func allGather<Element: MessageElement>(_ values: [Element]) throws(MPIError) -> [Element] {
    var result = [Element](repeating: .zero, count: size * values.count)
    let count = mpiCount(values.count, of: Element.self)
    let type = Element.wireType.datatype
    try result.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try check("MPI_Allgather") {
        MPI_Allgather(values, count, type, buffer.baseAddress, count, type, handle)
      }
    }
    return result
  }

  /// One value of every rank, on every rank, in the order of the ranks.
  ///
  /// `MPI_Allgather`, MPI 3.1, section 5.7.
  public func allGather<Element: MessageElement>(_ value: Element) throws(MPIError) -> [Element] {
    try allGather([value])
  }

  /// The arrays of all ranks, on every rank, whatever their lengths.
  ///
  /// `MPI_Allgather` for the lengths, then `MPI_Allgatherv`, MPI 3.1, section 5.7.
  ///
  /// - Parameter values: this rank's elements; may be empty.
  /// - Returns: one array for each rank.
  public func allGather<Element: MessageElement>(
    varying values: [Element]
  ) throws(MPIError) -> [[Element]] {
    let layout = BlockLayout(counts: try allGather(values.count))
    var all = [Element](repeating: .zero, count: layout.extent)
    all.replaceSubrange(layout.range(of: rank), with: values)
    try all.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try allGather(inPlace: buffer, layout)
    }
    return (0..<size).map { Array(all[layout.range(of: $0)]) }
  }

  /// The texts of all ranks, on every rank.
  public func allGather(_ text: String) throws(MPIError) -> [String] {
    try allGather(varying: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The arrays of all ranks, on the root only, whatever their lengths.
  ///
  /// `MPI_Allgather` for the lengths, then `MPI_Gatherv`, MPI 3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - values: this rank's elements; may be empty.
  ///   - root: the rank that receives.
  /// - Returns: one array for each rank on the root, nil elsewhere.
  public func gather<Element: MessageElement>(
    _ values: [Element], to root: Int = 0
  ) throws(MPIError) -> [[Element]]? {
    let layout = BlockLayout(counts: try allGather(values.count))
    let isReceiver = rank == root
    var all = [Element](repeating: .zero, count: isReceiver ? layout.extent : 0)
    let type = Element.wireType.datatype
    try all.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try check("MPI_Gatherv") {
        MPI_Gatherv(
          values, mpiCount(values.count, of: Element.self), type, buffer.baseAddress, layout.counts,
          layout.displacements, type, CInt(root), handle)
      }
    }
    guard isReceiver else { return nil }
    return (0..<size).map { Array(all[layout.range(of: $0)]) }
  }

  /// The texts of all ranks, on the root only; nil elsewhere.
  public func gather(_ text: String, to root: Int = 0) throws(MPIError) -> [String]? {
    try gather(Array(text.utf8), to: root)?.map { String(decoding: $0, as: UTF8.self) }
  }
}
