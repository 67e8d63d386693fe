internal import Foundation

/// An HTTP/1.1 server on 127.0.0.1 for one test: GET, single ranges, and the ways in which servers fail.
///
/// One connection at a time, one request a connection.
public final class FileServer: @unchecked Sendable {
  /// How the server treats requests.
  public struct Behaviour: Sendable {
    /// The contents of each path.
    public var files: [String: [UInt8]] = [:]
    /// Whether `Range` is honoured; otherwise the whole file is sent with status 200.
    public var honoursRanges = true
    /// The connection breaks after so many bytes of a body; an entry a request, then never again.
    public var breaks: [Int] = []
    /// Answer with these statuses first.
    public var statuses: [Int] = []

    /// A server of files whose connections break as `breaks` says.
    public init(files: [String: [UInt8]] = [:], breaks: [Int] = []) {
      self.files = files
      self.breaks = breaks
    }
  }

  /// A request as it came in.
  public struct Request: Equatable, Sendable {
    /// The path of the URL.
    public let path: String
    /// The bytes asked for, as in `100-`.
    public let range: String?

    /// Describes a request.
    public init(path: String, range: String?) {
      self.path = path
      self.range = range
    }
  }

  /// No socket could be had.
  public struct SocketError: Error {}

  private let port: UInt16
  private let listener: Int32
  private let lock = NSLock()
  private var behaviour: Behaviour
  private var log: [Request] = []

  /// The server's URL, without a slash at its end.
  public var url: String { "http://127.0.0.1:\(port)" }
  /// All requests so far, in order.
  public var requests: [Request] { lock.withLock { log } }

  /// Starts a server on a free port; it ends with its owner.
  public init(_ behaviour: Behaviour) throws {
    self.behaviour = behaviour
    (listener, port) = try Self.listen()
    let thread = Thread { [listener, weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        self?.serve(connection)
        close(connection)
      }
    }
    thread.start()
  }

  deinit {
    // Ends the thread's accept; closing alone would leave it waiting.
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  /// A port of 127.0.0.1 on which nobody listens.
  public static func closedPort() throws -> UInt16 {
    let (socket, port) = try listen()
    close(socket)
    return port
  }

  private static func listen() throws -> (Int32, UInt16) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && Foundation.listen(listener, 8) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard listener >= 0, isBound else { throw SocketError() }
    return (listener, UInt16(bigEndian: address.sin_port))
  }

  private func serve(_ connection: Int32) {
    var text = ""
    var byte: UInt8 = 0
    while !text.hasSuffix("\r\n\r\n"), read(connection, &byte, 1) == 1 {
      text.append(Character(UnicodeScalar(byte)))
    }
    let lines = text.components(separatedBy: "\r\n")
    let words = lines[0].components(separatedBy: " ")
    guard words.count == 3 else { return }
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }.map { String($0.dropFirst(13)) }
    let (head, body) = answer(Request(path: words[1], range: range))
    send(Array(head.utf8), to: connection)
    send(body, to: connection)
  }

  private func answer(_ request: Request) -> (String, [UInt8]) {
    lock.lock()
    defer { lock.unlock() }
    log.append(request)
    if !behaviour.statuses.isEmpty {
      return (head(behaviour.statuses.removeFirst(), length: 5), Array("error".utf8))
    }
    guard let file = behaviour.files[request.path] else {
      return (head(404, length: 5), Array("error".utf8))
    }
    var start = 0
    var status = 200
    var extra = ""
    if behaviour.honoursRanges, let text = request.range?.components(separatedBy: "-").first,
      let first = Int(text)
    {
      guard first < file.count else {
        return (head(416, length: 5, "Content-Range: bytes */\(file.count)\r\n"), Array("error".utf8))
      }
      start = first
      status = 206
      extra = "Content-Range: bytes \(first)-\(file.count - 1)/\(file.count)\r\n"
    }
    var body = Array(file[start...])
    let length = body.count
    if !behaviour.breaks.isEmpty { body = Array(body.prefix(behaviour.breaks.removeFirst())) }
    return (head(status, length: length, extra), body)
  }

  private func head(_ status: Int, length: Int, _ extra: String = "") -> String {
    "HTTP/1.1 \(status) X\r\nContent-Length: \(length)\r\nConnection: close\r\n\(extra)\r\n"
  }

  private func send(_ bytes: [UInt8], to connection: Int32) {
    var start = 0
    while start < bytes.count {
      let sent = bytes[start...].withUnsafeBytes { buffer in
        Foundation.send(connection, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return }
      start += sent
    }
  }
}
