import Datasets
import Foundation
import TestSupport
import Testing

/// Whether the program that downloads is there.
private let hasCurl = ["/usr/bin/curl", "/bin/curl", "/usr/local/bin/curl"].contains {
  FileManager.default.isExecutableFile(atPath: $0)
}

@Suite("Downloads", .enabled(if: hasCurl, "the program curl is not installed"))
struct DatasetFetcherTests {
  let folder: TemporaryFolder
  let contents = FileFixtures.images(count: 200, height: 20, width: 20)
  let packed: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    packed = FileFixtures.gzip(contents)
  }

  /// Fetches FILE.gz, whose contents have to be `contents`, from the servers.
  func fetch(_ servers: FileServer..., attempts: Int = 3) throws -> DatasetFetcher.FetchedFile {
    try fetch(mirrors: servers.map { $0.url + "/set" }, attempts: attempts)
  }

  func fetch(mirrors: [String], attempts: Int = 3) throws -> DatasetFetcher.FetchedFile {
    // Without proxies, which would stand between the test and its server.
    let fetcher = DatasetFetcher(
      attempts: attempts, secondsBetweenAttempts: 0, environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"])
    let source = DownloadSource(
      name: "FILE.gz", mirrors: mirrors, checksum: .contents(FileFixtures.sha256(contents)))
    return try fetcher.fetch(source, of: .mnist, into: folder.path)
  }

  func server(_ change: (inout FileServer.Behaviour) -> Void = { _ in }) throws -> FileServer {
    var behaviour = FileServer.Behaviour()
    behaviour.files["/set/FILE.gz"] = packed
    change(&behaviour)
    return try FileServer(behaviour)
  }

  @Test("A file is fetched under its name, and left alone the next time")
  func fetches() throws {
    let server = try server()

    let first = try fetch(server)
    let second = try fetch(server)

    #expect(first.path == folder.path + "/FILE.gz" && !first.wasPresent && second.wasPresent)
    #expect(try folder.bytes("FILE.gz") == Data(packed))
    #expect(!folder.has("FILE.gz.part"))
    #expect(server.requests == [FileServer.Request(path: "/set/FILE.gz", range: nil)])
  }

  @Test("A broken transfer is continued where it broke")
  func continues() throws {
    let server = try server { $0.breaks = [30_000, 20_000] }

    _ = try fetch(server)

    #expect(try folder.bytes("FILE.gz") == Data(packed))
    #expect(server.requests.map(\.range) == [nil, "30000-", "50000-"])
  }

  @Test("A call that gives up leaves its part, which the next call continues")
  func continuesLater() throws {
    let server = try server { $0.breaks = [10_000] }

    let error = try #require(try datasetError { _ = try fetch(server, attempts: 1) })
    #expect(error.kind == .network && !folder.has("FILE.gz"))
    #expect(try folder.bytes("FILE.gz.part") == Data(packed[..<10_000]))

    _ = try fetch(server, attempts: 1)
    #expect(try folder.bytes("FILE.gz") == Data(packed))
    #expect(server.requests.map(\.range) == [nil, "10000-"])
  }

  @Test("A part that is already whole is taken without being fetched again")
  func wholePart() throws {
    try folder.put(packed, "FILE.gz.part")
    let server = try server()

    _ = try fetch(server)

    #expect(try folder.bytes("FILE.gz") == Data(packed))
    #expect(server.requests.map(\.range) == ["\(packed.count)-"])
  }

  @Test("A server without ranges is asked for the whole file")
  func noRanges() throws {
    try folder.put(Array(packed[..<500]), "FILE.gz.part")
    let server = try server { $0.honoursRanges = false }

    _ = try fetch(server)

    #expect(try folder.bytes("FILE.gz") == Data(packed))
    #expect(server.requests.map(\.range) == ["500-", nil])
  }

  @Test("A part of some other file is thrown away and the file fetched in one piece")
  func foreignPart() throws {
    try folder.put([UInt8](repeating: 1, count: 700), "FILE.gz.part")
    let server = try server()

    _ = try fetch(server)

    #expect(try folder.bytes("FILE.gz") == Data(packed))
    #expect(server.requests.map(\.range) == ["700-", nil])
  }

  @Test("A file with the wrong checksum is refused with both, and nothing is left")
  func wrongChecksum() throws {
    let other = FileFixtures.images(count: 1)
    let server = try server { $0.files["/set/FILE.gz"] = FileFixtures.gzip(other) }

    let error = try #require(try datasetError { _ = try fetch(server) })

    #expect(error.kind == .network)
    #expect(error.description.contains("\(FileFixtures.sha256(other)), expected"))
    #expect(error.description.contains(FileFixtures.sha256(contents)))
    #expect(!folder.has("FILE.gz") && !folder.has("FILE.gz.part"))
    #expect(server.requests.count == 1)
  }

  @Test("A page of HTML in place of the file is refused")
  func page() throws {
    let server = try server { $0.files["/set/FILE.gz"] = Array("<html>log in</html>".utf8) }

    let error = try #require(try datasetError { _ = try fetch(server) })

    #expect(error.description.contains("wrong file") && !folder.has("FILE.gz"))
  }

  @Test("A file that is not there is not asked for twice, and the next mirror is")
  func notFound() throws {
    let empty = try server { $0.files = [:] }
    let full = try server()

    _ = try fetch(empty, full)
    #expect(try folder.bytes("FILE.gz") == Data(packed))
    #expect(empty.requests.count == 1)

    try FileManager.default.removeItem(atPath: folder.path + "/FILE.gz")
    let error = try #require(try datasetError { _ = try fetch(empty) })
    #expect(error.kind == .network && error.description.contains("HTTP status 404"))
    #expect(!folder.has("FILE.gz") && !folder.has("FILE.gz.part"))
  }

  @Test("A server that fails for a while is asked again, a bounded number of times")
  func serverErrors() throws {
    let recovering = try server { $0.statuses = [503, 503] }
    _ = try fetch(recovering)
    #expect(recovering.requests.count == 3)

    try FileManager.default.removeItem(atPath: folder.path + "/FILE.gz")
    let broken = try server { $0.statuses = [Int](repeating: 500, count: 9) }
    let error = try #require(try datasetError { _ = try fetch(broken) })
    #expect(error.description.contains("HTTP status 500") && broken.requests.count == 3)
  }

  @Test("Without a network the error says what to do by hand")
  func offline() throws {
    let mirror = "http://127.0.0.1:\(try FileServer.closedPort())"

    let error = try #require(try datasetError { _ = try fetch(mirrors: [mirror]) })

    #expect(error.kind == .network)
    #expect(error.description.contains("\(mirror)/FILE.gz"))
    #expect(error.description.contains("download it by hand into \(folder.path)"))
    #expect(error.description.contains("set HOLDFAST_DATA"))
  }

  @Test("Without curl the error names it")
  func noCurl() throws {
    let fetcher = DatasetFetcher(environment: ["PATH": folder.path])
    let source = DownloadSource(name: "FILE.gz", mirrors: ["http://127.0.0.1"], checksum: .file(""))

    let error = try #require(
      try datasetError { _ = try fetcher.fetch(source, of: .mnist, into: folder.path) })

    #expect(error.kind == .missing && error.description.contains("curl"))
  }

  @Test("A file of one's own is never overwritten")
  func ownFile() throws {
    let own = FileFixtures.gzip(FileFixtures.labels([1]))
    try folder.put(own, "FILE.gz")
    let server = try server()

    let error = try #require(try datasetError { _ = try fetch(server) })

    #expect(error.kind == .malformed && error.description.contains("move it away"))
    #expect(try folder.bytes("FILE.gz") == Data(own) && server.requests.isEmpty)
  }

  @Test("Data that come with the program are not downloaded")
  func nothingToFetch() throws {
    let fetcher = DatasetFetcher(mirror: "http://127.0.0.1:\(try FileServer.closedPort())")

    #expect(try fetcher.fetch(.mnist5k, into: folder.path + "/new").isEmpty)
    #expect(try fetcher.fetch(.synthetic, into: folder.path + "/new").isEmpty)
    #expect(!folder.has("new"))
  }

  @Test("A mirror of one's own replaces the published ones, and its files are checked all the same")
  func ownMirror() throws {
    let name = "train-images-idx3-ubyte.gz"
    let server = try FileServer(FileServer.Behaviour(files: ["/\(name)": packed]))
    let fetcher = DatasetFetcher(mirror: server.url, environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"])

    let error = try #require(try datasetError { _ = try fetcher.fetch(.mnist, into: folder.path + "/a/b") })

    #expect(error.description.contains("\(server.url)/\(name): wrong file"))
    #expect(!error.description.contains("googleapis"))
    #expect(!folder.has("a/b/\(name)"))
  }

  @Test("Published sets are fetched over HTTPS first, and every file has a checksum")
  func published() {
    for name in [DatasetName.mnist, .fashionMNIST, .cifar10, .cifar100] {
      #expect(name.downloads.count == (name == .cifar10 || name == .cifar100 ? 1 : 4))
      #expect(name.downloads.allSatisfy { $0.mirrors[0].hasPrefix("https://") })
    }
  }
}
