import Foundation
import Reports
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

  @Test("A grid puts magnified images in rows and columns with a white gap, clamped to the range")
  func grid() throws {
    var grid = ImageGrid(channels: 1, height: 1, width: 2, gap: 1, magnification: 2)
    grid.append([[0, 0.5], [1, 2]])
    grid.append([[-1, .nan]])

    let picture = grid.rendered()

    let w: UInt8 = 255
    #expect(picture.width == 11)
    #expect(picture.height == 7)
    let white = [UInt8](repeating: w, count: 11)
    let first: [UInt8] = [w, 0, 0, 128, 128, w, w, w, w, w, w]
    let second: [UInt8] = [w, 0, 0, 0, 0, w, w, w, w, w, w]
    #expect(picture.pixels == white + first + first + white + second + second + white)

    let folder = try TemporaryFolder()
    try picture.write(to: "\(folder.path)/grid.png")
    let file = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/grid.png"))
    #expect(try PNGImage(decoding: file, color: .gray) == picture)
  }

  @Test("Colour planes become colour pixels")
  func color() {
    var grid = ImageGrid(channels: 3, height: 1, width: 2, gap: 0, magnification: 1)
    grid.append([[1, 0, 0, 1, 0.2, 0.4]])
    #expect(grid.rendered().pixels == [255, 0, 51, 0, 255, 102])
  }
}
