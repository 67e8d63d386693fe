internal import COpenMPI

/// The MPI library this process is linked with; may be asked before MPI is initialised.
public enum MPILibrary {
  /// Everything the library says of its version, on one line (`MPI_Get_library_version`, MPI 3.1, section 8.1.1).
  public static var version: String {
    var length: CInt = 0
    let text = readString(capacity: Int(MPI_MAX_LIBRARY_VERSION_STRING)) {
      MPI_Get_library_version($0, &length)
    }
    return text.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") } ?? "unknown"
  }

  /// The library's name and version number alone, such as `Open MPI v4.1.4`.
  public static var name: String { String(version.prefix { $0 != "," }) }

  /// The version of the MPI standard it implements, such as `3.1`.
  public static var standard: String {
    var major: CInt = 0
    var minor: CInt = 0
    guard MPI_Get_version(&major, &minor) == MPI_SUCCESS else { return "unknown" }
    return "\(major).\(minor)"
  }
}
