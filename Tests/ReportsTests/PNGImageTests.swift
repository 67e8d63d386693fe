import Foundation
import Reports
import TestSupport
import Testing

@Suite("PNG images")
struct PNGImageTests {
  @Test("An image decodes to the pixels it was made of", arguments: [PNGImage.Color.gray, .rgb])
  func roundTrip(color: PNGImage.Color) throws {
    let count = 7 * 5 * color.rawValue
    let image = PNGImage(width: 7, height: 5, color: color, pixels: (0..<count).map { UInt8($0 * 37 % 256) })

    let data = try image.encoded()

    #expect(data.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
    // The header chunk: width, height, bit depth, colour type.
    #expect(Array(data[16..<26]) == [0, 0, 0, 7, 0, 0, 0, 5, 8, color == .gray ? 0 : 2])
    #expect(try PNGImage(decoding: data, color: color) == image)
  }

  @Test("Damaged files are refused with libpng's message")
  func damaged() throws {
    let data = try PNGImage(width: 7, height: 5, color: .gray).encoded()
    for damaged in [Data(), data.prefix(40), Data(repeating: 0, count: 100)] {
      let error = #expect(throws: ReportError.self) { try PNGImage(decoding: damaged, color: .gray) }
      #expect(error?.description.contains("cannot decode a PNG image: ") == true)
    }
  }

  @Test("A picture is written whole")
  func write() throws {
    let folder = try TemporaryFolder()
    let picture = PNGImage(width: 2, height: 1, color: .gray, pixels: [3, 200])
    try picture.write(to: "\(folder.path)/picture.png")
    let file = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/picture.png"))
    #expect(try PNGImage(decoding: file, color: .gray) == picture)
  }
}
