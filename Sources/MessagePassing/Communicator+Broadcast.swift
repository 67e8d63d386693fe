internal import COpenMPI

extension Communicator {
  /// Copies the root's buffer into the buffers of all other ranks.
  ///
  /// `MPI_Bcast`, MPI 3.1, section 5.4.
  ///
  /// - Parameters:
  ///   - buffer: as long on every rank as on the root.
  ///   - root: the rank whose elements everybody gets.
  public func broadcast<Element: MessageElement>(
    _ buffer: UnsafeMutableBufferPointer<Element>, from root: Int = 0
  ) throws(MPIError) {
    try check("MPI_Bcast") {
      MPI_Bcast(
        buffer.baseAddress, mpiCount(buffer.count, of: Element.self), Element.wireType.datatype, CInt(root),
        handle)
    }
  }

  /// The root's elements, on every rank.
  ///
  /// - Parameters:
  ///   - values: of any length on the root; ignored elsewhere.
  ///   - root: the rank whose elements everybody gets.
  public func broadcast<Element: MessageElement>(
    _ values: [Element], from root: Int = 0
  ) throws(MPIError) -> [Element] {
    let count = try broadcast(values.count, from: root)
    var result = rank == root ? values : [Element](repeating: .zero, count: count)
    try result.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try broadcast(buffer, from: root)
    }
    return result
  }

  /// The root's value, on every rank; what other ranks pass is ignored.
  public func broadcast<Element: MessageElement>(
    _ value: Element, from root: Int = 0
  ) throws(MPIError) -> Element {
    var result = [value]
    try result.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try broadcast(buffer, from: root)
    }
    return result[0]
  }

  /// The root's text, on every rank; what other ranks pass is ignored.
  public func broadcast(_ text: String, from root: Int = 0) throws(MPIError) -> String {
    String(decoding: try broadcast(Array(text.utf8), from: root), as: UTF8.self)
  }
}
