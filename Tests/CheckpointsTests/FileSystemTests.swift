import Checkpoints
import Testing

@Suite("Paths")
struct FileSystemTests {
  @Test(
    "The folder that a path lies in",
    arguments: [
      ("run", "."), ("r", "."), ("é", "."), ("runs/a", "runs"), ("r/a", "r"), ("runs/a/", "runs"),
      ("runs//a", "runs"), ("./r", "."), ("/r", "/"), ("/runs/a", "/runs"), ("/", "/"), (".", "."), ("", "."),
    ])
  func folder(path: String, expected: String) {
    #expect(FileSystem.folder(of: path) == expected)
  }
}
