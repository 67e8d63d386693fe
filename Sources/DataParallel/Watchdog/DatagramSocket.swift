import Glibc

/// A UDP socket of IPv4 that nobody ever waits for: what cannot be sent at once, or is not there to be read, is left.
final class DatagramSocket: Sendable {
  /// Where datagrams go, in the byte order of the network.
  struct Address: Hashable, Sendable {
    var host: UInt32
    var port: UInt16
  }

  /// The port it receives at, in the byte order of the network.
  let port: UInt16
  private let descriptor: Int32

  /// Opens a socket at a port of the system's choice, on all interfaces; nil where there is none to be had.
  init?() {
    let kind = SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    descriptor = socket(AF_INET, Int32(kind), 0)
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
      }
    }
    guard isBound else {
      close(descriptor)
      return nil
    }
    port = address.sin_port
  }

  deinit {
    close(descriptor)
  }

  /// Sends words as they lie in memory, or loses them.
  func send(_ words: [Int], to target: Address) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = target.host
    address.sin_port = target.port
    _ = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        words.withUnsafeBytes { bytes in
          sendto(
            descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), address,
            socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
  }

  /// The words of a datagram that has come in; none for one that is no such thing, nil where there is none left.
  func receive() -> [Int]? {
    // More than a datagram can hold.
    var buffer = [Int](repeating: 0, count: (1 << 16) / MemoryLayout<Int>.stride)
    let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
    if count < 0 { return nil }
    guard count % MemoryLayout<Int>.stride == 0 else { return [] }
    return Array(buffer.prefix(count / MemoryLayout<Int>.stride))
  }

  /// This host's addresses, in the byte order of the network, but for those that reach itself alone.
  static func localHosts() -> [UInt32] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var hosts: [UInt32] = []
    var next = first
    while let interface = next?.pointee {
      next = interface.ifa_next
      guard let address = interface.ifa_addr,
        Int32(address.pointee.sa_family) == AF_INET,
        interface.ifa_flags & UInt32(IFF_UP) != 0,
        interface.ifa_flags & UInt32(IFF_LOOPBACK) == 0
      else { continue }
      hosts.append(
        address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr.s_addr })
    }
    return hosts
  }
}
