import Glibc

/// Memory of fixed size, aligned to a cache line and zero at first, that lives as long as its owner.
///
/// Kernels and MPI read and write through `pointer`; whoever stores the pointer keeps the buffer alive. A buffer
/// is handed from thread to thread but never written by two at once: that is the owner's part of the contract.
public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The number of elements.
  public let count: Int
  /// The first element, at a multiple of 64 bytes.
  public let pointer: UnsafeMutablePointer<Element>
  /// Who frees the memory, where that is not this buffer.
  private let owner: AnyObject?

  /// Allocates zeroed memory for `count` elements.
  public init(count: Int) {
    precondition(count >= 0, "a buffer of \(count) elements")
    self.count = count
    // A spare cache line at the end lets vector kernels read a whole register at the last element.
    let bytes = count * MemoryLayout<Element>.stride + 64
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, 64, bytes) == 0, let raw = memory else {
      fatalError("there is no memory for \(bytes) bytes")
    }
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    pointer = raw.assumingMemoryBound(to: Element.self)
    owner = nil
  }

  /// Uses memory that belongs to `owner`, and keeps that alive.
  ///
  /// - Precondition: `pointer` is a multiple of 64 bytes, with `count` elements and 64 more bytes behind it.
  public init(_ pointer: UnsafeMutablePointer<Element>, count: Int, owner: AnyObject) {
    precondition(count >= 0 && UInt(bitPattern: pointer) % 64 == 0, "no memory for \(count) aligned elements")
    self.count = count
    self.pointer = pointer
    self.owner = owner
  }

  deinit {
    if owner == nil { free(pointer) }
  }

  /// All elements.
  public var elements: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }

  /// Copies the elements of `other`, which has as many.
  public func copy(from other: AlignedBuffer<Element>) {
    precondition(other.count == count, "copying \(other.count) elements into \(count)")
    pointer.update(from: other.pointer, count: count)
  }
}
