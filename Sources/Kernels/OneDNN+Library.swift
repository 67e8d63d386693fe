import COneDNN
import Glibc

extension OneDNN {
  /// The version of the headers that the program was compiled with, such as 2.6.3.
  public static let headerVersion = "\(DNNL_VERSION_MAJOR).\(DNNL_VERSION_MINOR).\(DNNL_VERSION_PATCH)"

  /// The file that the library was loaded from; nil where the kernel does not tell.
  public static let libraryPath: String? = {
    // Glibc's dladdr would tell, and Swift does not see it.
    guard let function = dlsym(nil, "dnnl_version"), let maps = fopen("/proc/self/maps", "r") else {
      return nil
    }
    defer { fclose(maps) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, maps) > 0, let text = line {
      if let file = mappedFile(of: String(cString: text), at: UInt(bitPattern: function)) { return file }
    }
    return nil
  }()

  /// What is wrong with the library that is loaded, in a sentence; nil where nothing is.
  ///
  /// To be asked before anything else of oneDNN is used: functions of the same name take other arguments in another
  /// major version, and others do not exist.
  public static var versionProblem: String? {
    versionProblem(library: version, headers: headerVersion, path: libraryPath)
  }

  /// What is wrong with a library of one version in a program that was compiled with the headers of another.
  package static func versionProblem(library: String, headers: String, path: String?) -> String? {
    guard library.prefix(while: { $0 != "." }) != headers.prefix(while: { $0 != "." }) else { return nil }
    return "the program was compiled for oneDNN \(headers), and oneDNN \(library) was loaded"
      + "\(path.map { " from \($0)" } ?? ""): take that library out of LD_LIBRARY_PATH and the like, or build "
      + "again (HOLDFAST_ONEDNN=PREFIX chooses the oneDNN in a folder, and no such variable the system's)"
  }

  /// The file of a line of `/proc/self/maps`, if its range has the address.
  package static func mappedFile(of line: String, at address: UInt) -> String? {
    // 7f0-7f9 r-xp 00000000 fe:00 123    /usr/lib/libdnnl.so.2.6
    let fields = line.prefix { !$0.isNewline }.split(maxSplits: 5, whereSeparator: \.isWhitespace)
    guard fields.count == 6, let path = fields.last?.drop(while: \.isWhitespace), path.first == "/" else {
      return nil
    }
    let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
    guard ends.count == 2, ends[0] <= address, address < ends[1] else { return nil }
    return String(path)
  }
}
