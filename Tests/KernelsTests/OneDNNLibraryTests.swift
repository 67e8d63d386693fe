import Kernels
import Testing

@Suite("Which oneDNN is loaded")
struct OneDNNLibraryTests {
  @Test("The loaded library is of the headers' major version, and its file is known")
  func loaded() throws {
    let path = try #require(OneDNN.libraryPath)

    #expect(OneDNN.versionProblem == nil)
    #expect(path.hasPrefix("/") && path.contains("libdnnl"))
    #expect(OneDNN.version.split(separator: ".").count == 3)
    #expect(OneDNN.headerVersion.split(separator: ".").first == OneDNN.version.split(separator: ".").first)
  }

  @Test(
    "Another major version is a problem that names both and the file",
    arguments: [("2.6.3", "3.2.0"), ("12.0.0", "1.9.0")])
  func mixture(library: String, headers: String) throws {
    let problem = try #require(
      OneDNN.versionProblem(library: library, headers: headers, path: "/opt/lib/libdnnl.so"))

    #expect(problem.contains("compiled for oneDNN \(headers)"))
    #expect(problem.contains("oneDNN \(library) was loaded from /opt/lib/libdnnl.so"))
  }

  @Test("Another minor version is none")
  func minor() {
    #expect(OneDNN.versionProblem(library: "3.4.1", headers: "3.2.0", path: nil) == nil)
  }

  @Test("A version that cannot be asked for is a problem")
  func unknown() {
    #expect(OneDNN.versionProblem(library: "unknown", headers: "3.2.0", path: nil) != nil)
  }

  @Test("The file of an address is that of its range")
  func mappings() {
    let line = "7f00-7f80 r-xp 00001000 fe:00 123                  /opt/one dnn/libdnnl.so.2.6\n"

    #expect(OneDNN.mappedFile(of: line, at: 0x7f00) == "/opt/one dnn/libdnnl.so.2.6")
    #expect(OneDNN.mappedFile(of: line, at: 0x7f7f) == "/opt/one dnn/libdnnl.so.2.6")
    #expect(OneDNN.mappedFile(of: line, at: 0x7f80) == nil)
    #expect(OneDNN.mappedFile(of: line, at: 0x7eff) == nil)
    #expect(OneDNN.mappedFile(of: "7f00-7f80 rw-p 00000000 00:00 0      [heap]\n", at: 0x7f00) == nil)
    #expect(OneDNN.mappedFile(of: "7f00-7f80 rw-p 00000000 00:00 0 \n", at: 0x7f00) == nil)
    #expect(OneDNN.mappedFile(of: "", at: 0) == nil)
  }
}
