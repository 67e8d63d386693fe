import Foundation
import TestSupport
import Testing

@Suite("Modules import what the design allows")
struct StructureTests {
  /// A file that imports a module.
  private struct Importer {
    let module: String
    let file: String
  }

  @Test(
    "Each C library has one importer",
    arguments: [
      ("COpenMPI", "MessagePassing"), ("COneDNN", "Kernels"), ("CKernels", "Kernels"), ("CZlib", "Datasets"),
      ("CPNG", "Reports"),
    ])
  func oneImporter(library: String, module: String) throws {
    let importers = try importers(of: library)

    #expect(!importers.isEmpty)
    #expect(importers.filter { $0.module != module }.map(\.file) == [])
  }

  @Test("What computes knows nothing of MPI")
  func noMessages() throws {
    let pure: Set = [
      "Networks", "Attacks", "Datasets", "Kernels", "Tensors", "Certificates", "Checkpoints", "Exchange",
      "Reports",
    ]
    let importers = try importers(of: "MessagePassing")

    #expect(importers.contains { $0.module == "DataParallel" })
    #expect(importers.filter { pure.contains($0.module) }.map(\.file) == [])
  }

  @Test("MPI is nowhere reached but through the module that wraps it")
  func noHeaders() throws {
    let strangers = try sourceFiles().filter { file in
      guard file.module != "COpenMPI" else { return false }
      let text = try String(contentsOf: file.url, encoding: .utf8)
      return text.contains("#include <mpi.h>") || text.contains("#include \"mpi.h\"")
    }
    #expect(strangers.map(\.url.path) == [])
  }

  private func importers(of name: String) throws -> [Importer] {
    // Any access level and attributes may stand before, and a kind and a member behind.
    let pattern = try Regex("(?m)^[ \\t]*(@?[A-Za-z_()]+[ \\t]+)*import[ \\t]+([a-z]+[ \\t]+)?\(name)\\b")
    return try sourceFiles().filter { $0.url.pathExtension == "swift" }.compactMap { file in
      let text = try String(contentsOf: file.url, encoding: .utf8)
      return text.contains(pattern) ? Importer(module: file.module, file: file.url.path) : nil
    }
  }

  private func sourceFiles() throws -> [(module: String, url: URL)] {
    let sources = Checkout.folder.appendingPathComponent("Sources")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
    let files = paths.filter { path in ["swift", "h", "c", "inc"].contains { path.hasSuffix(".\($0)") } }
    try #require(files.count > 100)
    return files.map {
      (module: String($0.prefix { $0 != "/" }), url: sources.appendingPathComponent($0))
    }
  }
}
