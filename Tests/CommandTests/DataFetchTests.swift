import Foundation
import TestSupport
import Testing

/// A folder with the published MNIST files, if the test run has one.
private let published: URL? = {
  guard let data = ProcessInfo.processInfo.environment["HOLDFAST_TEST_DATA"] else { return nil }
  let folder = URL(fileURLWithPath: data).appendingPathComponent("mnist")
  let file = folder.appendingPathComponent("train-images-idx3-ubyte.gz")
  return FileManager.default.fileExists(atPath: file.path) ? folder : nil
}()

private let hasCurl = ["/usr/bin/curl", "/bin/curl", "/usr/local/bin/curl"].contains {
  FileManager.default.isExecutableFile(atPath: $0)
}

@Suite("holdfast data fetch", .enabled(if: hasCurl, "the program curl is not installed"))
struct DataFetchTests {
  private let first = "train-images-idx3-ubyte.gz"

  @Test(
    "Without a network the exit code is that of input and output, and the message says what to do",
    arguments: [nil, 2])
  func offline(ranks: Int?) async throws {
    try await withTemporaryDirectory { data in
      let mirror = "http://127.0.0.1:\(try FileServer.closedPort())"

      let result = try await holdfast(
        "data", "fetch", "mnist", "--mirror", mirror, "--attempts", "1", "--json", ranks: ranks, data: data)

      #expect(result.exitCode == 74 && result.standardOutput.isEmpty)
      let conclusions = result.messages.filter { $0.contains("could not be fetched") }
      #expect(conclusions.count == 1)
      #expect(conclusions[0].contains("\(mirror)/\(first)"))
      #expect(conclusions[0].contains("download it by hand into \(data.path)/mnist"))
    }
  }

  @Test("A file that the mirror lacks is reported with its address and status")
  func notFound() async throws {
    try await withTemporaryDirectory { data in
      let server = try FileServer(FileServer.Behaviour())

      let result = try await holdfast("data", "fetch", "mnist", "--mirror", server.url, data: data)

      #expect(result.exitCode == 74)
      #expect(result.standardError.contains("\(server.url)/\(first): HTTP status 404"))
      #expect(server.requests.count == 1)
    }
  }

  @Test("A file with the wrong checksum is refused and not kept")
  func wrongChecksum() async throws {
    try await withTemporaryDirectory { data in
      let server = try FileServer(FileServer.Behaviour(files: ["/\(first)": Array("no digits".utf8)]))
      let folder = data.appendingPathComponent("here")

      let result = try await holdfast(
        "data", "fetch", "mnist", "--mirror", server.url, "--into", folder.path, data: data)

      #expect(result.exitCode == 74)
      #expect(result.standardError.contains("wrong file: SHA-256 of the contents"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  @Test("A transfer that broke is continued by the next call")
  func continues() async throws {
    try await withTemporaryDirectory { data in
      var behaviour = FileServer.Behaviour(files: ["/\(first)": [UInt8](repeating: 1, count: 5_000)])
      behaviour.breaks = [2_000]
      let server = try FileServer(behaviour)
      func fetch() async throws -> RankJobResult {
        try await holdfast(
          "data", "fetch", "mnist", "--mirror", server.url, "--attempts", "1", data: data)
      }

      let broken = try await fetch()
      let part = data.appendingPathComponent("mnist/\(first).part")
      #expect(broken.exitCode == 74 && broken.standardError.contains("try again to continue"))
      #expect(try Data(contentsOf: part).count == 2_000)

      _ = try await fetch()
      #expect(server.requests.map(\.range) == [nil, "2000-"])
    }
  }

  @Test(
    "Files are fetched, then found by describe, verify and train",
    .enabled(if: published != nil, "$HOLDFAST_DATA/mnist with .gz files is not there"), arguments: [nil, 2])
  func fetches(ranks: Int?) async throws {
    let source = try #require(published)
    try await withTemporaryDirectory { data in
      var behaviour = FileServer.Behaviour()
      for name in DigitFiles.names {
        let file = try Data(contentsOf: source.appendingPathComponent("\(name).gz"))
        behaviour.files["/mirror/\(name).gz"] = [UInt8](file)
      }
      // The second attempt is a second call: a program that waits would make the test wait.
      behaviour.breaks = [100_000]
      let server = try FileServer(behaviour)
      let arguments = [
        "data", "fetch", "mnist", "--mirror", server.url + "/mirror", "--attempts", "1", "--json",
      ]
      func fetch() async throws -> RankJobResult {
        try await runHoldfast(arguments, ranks: ranks, data: data)
      }

      let broken = try await fetch()
      let fetched = try await fetch()
      let again = try await fetch()
      #expect(broken.exitCode == 74 && fetched.exitCode == 0 && again.exitCode == 0)
      #expect(try presence(fetched) == [false, false, false, false])
      #expect(try presence(again) == [true, true, true, true])
      #expect(server.requests.map(\.range) == [nil, "100000-", nil, nil, nil])

      let description = try await holdfast("data", "describe", "mnist", data: data)
      #expect(description.standardOutput.contains("mnist: IDX files in \(data.path)/mnist"))
      #expect(description.standardOutput.contains("train: 60000 images of 1x28x28"))
      #expect(try await holdfast("data", "verify", "mnist", data: data).exitCode == 0)
      let configuration = data.appendingPathComponent("config.yaml")
      try Data("name: found\ndata: {name: mnist}\nmodel: {name: logistic-regression}\nepochs: 1\n".utf8)
        .write(to: configuration)
      let plan = try await holdfast("train", configuration.path, "--dry-run", data: data, directory: data)
      #expect(plan.exitCode == 0 && plan.standardOutput.contains("55000 samples, 5000 held out"))
    }
  }

  @Test(
    "Data that come with the program or are generated need no fetching", arguments: ["mnist-5k", "synthetic"])
  func nothingToFetch(name: String) async throws {
    try await withTemporaryDirectory { data in
      let result = try await holdfast("data", "fetch", name, data: data)

      #expect(result.exitCode == 0 && result.standardOutput.contains("there is nothing to fetch"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: data.path).isEmpty)
    }
  }

  @Test("A folder that cannot be made is an input or output error that names it")
  func unwritable() async throws {
    try await withTemporaryDirectory { data in
      let file = data.appendingPathComponent("file")
      try Data().write(to: file)

      let result = try await holdfast("data", "fetch", "mnist", "--into", "\(file.path)/below", data: data)

      #expect(result.exitCode == 74 && result.messages.count == 1)
      #expect(result.standardError.contains("\(file.path)/below: the folder cannot be made"))
    }
  }

  @Test(
    "Impossible options are usage errors that name the option",
    arguments: [["--mirror", "ftp://host/x"], ["--attempts", "0"], ["--into", ""]])
  func impossible(options: [String]) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(["data", "fetch", "mnist"] + options, data: data)

      #expect(result.exitCode == 64 && result.standardOutput.isEmpty)
      #expect(result.standardError.contains(options[0]))
    }
  }

  private func presence(_ result: RankJobResult) throws -> [Bool] {
    try #require(try result.json()["files"] as? [[String: Any]]).compactMap { $0["wasPresent"] as? Bool }
  }
}
