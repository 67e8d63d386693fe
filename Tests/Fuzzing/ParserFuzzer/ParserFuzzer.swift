import CLibFuzzer
import Foundation
import FuzzTargets
import Synchronization

/// Feeds one parser with inputs that libFuzzer makes, led by the code they reach.
///
///     ParserFuzzer TARGET FOLDER [libFuzzer's options]     without arguments: the names of the targets
///
/// FOLDER/corpus receives the seeds and what is found to reach new code, FOLDER/found-... inputs that trap, take
/// too long or too much memory.
@main
enum ParserFuzzer {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3 else {
      print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
      return
    }
    guard let target = FuzzTarget.all.first(where: { $0.name == arguments[1] }) else {
      print("no target \(arguments[1])")
      exit(EX_USAGE)
    }
    let folder = URL(fileURLWithPath: arguments[2])
    let corpus = folder.appendingPathComponent("corpus")
    try FileManager.default.createDirectory(at: corpus, withIntermediateDirectories: true)
    for (index, seed) in target.seeds.enumerated() {
      try Data(seed).write(to: corpus.appendingPathComponent("seed-\(index)"))
    }
    let dictionary = folder.appendingPathComponent("dictionary")
    try Data(("# words\n" + target.words.map { "\"\(escaped($0))\"\n" }.joined()).utf8).write(to: dictionary)

    current.withLock { $0 = target }
    let options = [
      arguments[0], "-dict=\(dictionary.path)", "-artifact_prefix=\(folder.path)/found-",
    ]
    let words = options + arguments.dropFirst(3) + [corpus.path]
    var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var count = CInt(words.count)
    exit(
      pointers.withUnsafeMutableBufferPointer { buffer in
        var start = buffer.baseAddress
        return LLVMFuzzerRunDriver(&count, &start, execute)
      })
  }

  /// A word as dictionaries have it: bytes that are no letters or digits in hexadecimal.
  private static func escaped(_ word: String) -> String {
    word.utf8.map { byte in
      let isPlain = Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
      return isPlain && byte < 128 ? String(Character(Unicode.Scalar(byte))) : String(format: "\\x%02X", byte)
    }.joined()
  }
}

// libFuzzer calls back a C function, which can capture nothing.

/// The parser under test.
private let current = Mutex<FuzzTarget?>(nil)

private func execute(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do {
    _ = try current.withLock { $0 }?.accepts(Array(UnsafeBufferPointer(start: bytes, count: count)))
  } catch {
    fatalError("\(error)")
  }
  return 0
}
