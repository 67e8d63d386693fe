import Foundation

/// Some weights of the first layer, as they lie in files and in memory.
func weightBytes(of run: RunFolder) throws -> Data {
  let file = try Data(contentsOf: run.url(step: 0, "model.safetensors"))
  // The length of the header in eight bytes, the header, then tensors: a short bias at most comes before.
  let header = file.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
  let start = 8 + header + 1024
  return Data(file[start..<start + 128])
}

/// Flips a bit wherever a process holds `bytes` in memory of its own.
///
/// - Returns: how often they were found.
func flipBit(of bytes: Data, inMemoryOf process: pid_t) throws -> Int {
  try replace(bytes, inMemoryOf: process, at: 5, with: Data([bytes[bytes.startIndex + 5] ^ 0x10]))
}

/// Makes the second of the numbers in `bytes` NaN wherever a process holds them in memory of its own.
///
/// - Returns: how often they were found.
func putNaN(into bytes: Data, inMemoryOf process: pid_t) throws -> Int {
  try replace(bytes, inMemoryOf: process, at: 4, with: Data([0, 0, 0xc0, 0x7f]))
}

/// Writes `change` at an offset of `bytes` wherever a process holds them.
private func replace(
  _ bytes: Data, inMemoryOf process: pid_t, at offset: Int, with change: Data
) throws -> Int {
  let maps = try String(contentsOfFile: "/proc/\(process)/maps", encoding: .utf8)
  let memory = try FileHandle(forUpdating: URL(fileURLWithPath: "/proc/\(process)/mem"))
  defer { try? memory.close() }
  var found = 0
  for line in maps.split(separator: "\n") {
    let fields = line.split(separator: " ", omittingEmptySubsequences: true)
    let ends = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
    // Anonymous memory, where the system's allocator keeps what is large.
    guard ends.count == 2, fields[1].hasPrefix("rw-p"), fields.count == 5 || fields[5] == "[heap]" else {
      continue
    }
    try memory.seek(toOffset: ends[0])
    guard let content = try? memory.read(upToCount: Int(ends[1] - ends[0])) else { continue }
    var start = content.startIndex
    while let match = content.range(of: bytes, in: start..<content.endIndex) {
      found += 1
      try memory.seek(toOffset: ends[0] + UInt64(match.lowerBound - content.startIndex + offset))
      try memory.write(contentsOf: change)
      start = match.upperBound
    }
  }
  return found
}
