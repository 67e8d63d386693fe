internal import Glibc
internal import Synchronization

/// Memory that all ranks of a host read and write: a block for each of them.
///
/// A block is an anonymous file in memory that its rank fills and the others map by way of `/proc`: it counts as
/// this rank's memory, needs no room in `/dev/shm`, leaves nothing behind when a rank is killed, and is given back
/// without a word to the others. `MPI_Win_allocate_shared` would need all ranks to free it, and where it finds no
/// room, Open MPI 4.1 fails on one rank and hangs on the others.
///
/// Who reads what another rank has written must have met it in a barrier since, with ``fence()`` on both sides.
public final class SharedBlocks<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The elements of each block.
  public let count: Int
  /// The first element of each rank's block, at the start of a page; zero at first.
  public let blocks: [UnsafeMutablePointer<Element>]

  private let bytes: Int

  private init(_ mappings: [UnsafeMutableRawPointer], count: Int, bytes: Int) {
    self.count = count
    self.bytes = bytes
    blocks = mappings.map { $0.bindMemory(to: Element.self, capacity: count) }
  }

  deinit {
    for block in blocks { munmap(UnsafeMutableRawPointer(block), bytes) }
  }

  /// Allocates blocks of `count` elements, each with 64 spare bytes at its end.
  ///
  /// - Parameters:
  ///   - count: the same on all ranks.
  ///   - host: ranks of one host; all of them call.
  /// - Returns: the blocks, or why there are none, on all ranks alike.
  public static func allocate(
    count: Int, on host: Communicator
  ) throws(MPIError) -> Result<SharedBlocks, SharedMemoryFailure> {
    let bytes = count * MemoryLayout<Element>.stride + 64
    var file: MemoryFile?
    var problem: String?
    do throws(SharedMemoryFailure) { file = try MemoryFile(bytes: bytes) } catch {
      problem = error.description
    }
    let identities = try host.allGather(file?.identity ?? MemoryFile.noIdentity)

    var mappings: [UnsafeMutableRawPointer] = []
    do throws(SharedMemoryFailure) {
      let stride = MemoryFile.noIdentity.count
      for start in Swift.stride(from: 0, to: identities.count, by: stride) where problem == nil {
        let identity = Array(identities[start..<start + stride])
        // That rank says itself what is wrong.
        if identity == MemoryFile.noIdentity { break }
        mappings.append(try MemoryFile.map(identity, bytes: bytes))
      }
    } catch {
      problem = error.description
    }
    let report = try host.lowestReport(problem)
    // All have mapped the file, or never will.
    withExtendedLifetime(file) {}
    guard let report else { return .success(SharedBlocks(mappings, count: count, bytes: bytes)) }
    for mapping in mappings { munmap(mapping, bytes) }
    return .failure(SharedMemoryFailure(report.text))
  }

  /// Orders this rank's reads and writes of blocks: nothing moves across it.
  public func fence() {
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }
}

/// Why ranks of one host share no memory, in words.
public struct SharedMemoryFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// What failed, and the system's reason.
  public let description: String

  init(_ description: String) {
    self.description = description
  }

  /// The call that just failed, with `errno` or the given code.
  static func call(_ name: String, code: Int32 = errno) -> SharedMemoryFailure {
    SharedMemoryFailure("\(name) failed: \(String(cString: strerror(code)))")
  }
}
