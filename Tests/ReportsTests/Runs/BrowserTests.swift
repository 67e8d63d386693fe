import Foundation
import Reports
import TestSupport
import Testing

/// A browser without a screen.
private enum Browser {
  /// Where it is installed; nil where it is not.
  static let path: String? = ["chromium", "chromium-browser", "google-chrome"].lazy.flatMap { name in
    ["/usr/bin", "/usr/local/bin", "/snap/bin"].map { "\($0)/\(name)" }
  }.first { FileManager.default.isExecutableFile(atPath: $0) }

  /// Opens a page and returns what its document has become, and what the browser said of it.
  static func open(_ page: String, profile: String, _ options: [String] = []) throws -> (
    dom: String, log: String
  ) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path ?? "/nonexistent")
    process.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--user-data-dir=\(profile)", "--enable-logging=stderr", "--allow-file-access-from-files",
        "--virtual-time-budget=20000",
      ] + options + ["--dump-dom", "file://\(page)"]
    let (output, log) = ("\(profile).out", "\(profile).log")
    for file in [output, log] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: log)
    try process.run()
    process.waitUntilExit()
    return (
      try String(contentsOfFile: output, encoding: .utf8), try String(contentsOfFile: log, encoding: .utf8)
    )
  }
}

@Suite("The report in a browser", .enabled(if: Browser.path != nil, "needs Chromium"))
struct BrowserTests {
  @Test("Chromium shows it without a complaint, and nothing sticks out, on a phone and on a wide screen")
  func browser() throws {
    let folder = try TemporaryFolder()
    let run = try SampleRun("\(folder.path)/sample").reported(name: "sample")
    var other = run
    other.name = "a run with a name that is rather long, as names are that hold every setting"
    for (number, runs) in [[run], [run, other]].enumerated() {
      let name = "report-\(number).html"
      try RunReport(runs).html().write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
      // A frame has the width of a phone; its document must not be wider. The script is the test's.
      let frames = [360, 1280].map { width in
        """
        <iframe src="\(name)" width="\(width)" height="800" onload="
          const page = this.contentDocument, root = page.documentElement;
          const text = page.getElementById('summary').textContent.length;
          document.body.insertAdjacentText('beforeend',
            '[' + [\(width), root.scrollWidth <= root.clientWidth, text > 50,
            [...page.images].every(image => image.naturalWidth > 0)].join(' ') + ']')"></iframe>
        """
      }
      let wrapper = "\(folder.path)/wrapper-\(number).html"
      try "<!DOCTYPE html><html><body>\(frames.joined())</body></html>".write(
        toFile: wrapper, atomically: true, encoding: .utf8)

      let result = try Browser.open(wrapper, profile: "\(folder.path)/profile-\(number)")

      #expect(!result.log.contains("CONSOLE"), "\(result.log)")
      for width in [360, 1280] {
        #expect(result.dom.contains("[\(width) true true true]"), "\(result.dom.suffix(200))")
      }
    }
  }

  @Test("The test would notice a complaint")
  func complaint() throws {
    let folder = try TemporaryFolder()
    let page = "\(folder.path)/page.html"
    try "<!DOCTYPE html><html><body><script>missing()</script></body></html>".write(
      toFile: page, atomically: true, encoding: .utf8)
    #expect(try Browser.open(page, profile: "\(folder.path)/profile").log.contains("CONSOLE"))
  }
}
