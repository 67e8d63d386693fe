import CPNG
import Checkpoints
public import Foundation

/// An 8-bit image, gray or colour, that is written as PNG.
public struct PNGImage: Sendable, Equatable {
  /// The channels of a pixel.
  public enum Color: Int, Sendable {
    /// One byte a pixel.
    case gray = 1
    /// Three bytes a pixel: red, green, blue.
    case rgb = 3
  }

  /// Pixels in a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// The channels of a pixel.
  public let color: Color
  /// The rows from top to bottom, pixels from left to right, channels together.
  public var pixels: [UInt8]

  /// Creates an image; without pixels it is black.
  ///
  /// - Precondition: both sides are positive and below 2^16, and `pixels` has `width * height * channels`
  ///   bytes.
  public init(width: Int, height: Int, color: Color, pixels: [UInt8]? = nil) {
    precondition((1..<65536).contains(width) && (1..<65536).contains(height), "no \(width) x \(height) image")
    let count = width * height * color.rawValue
    let pixels = pixels ?? [UInt8](repeating: 0, count: count)
    precondition(
      pixels.count == count, "\(pixels.count) bytes do not fill \(width) x \(height) \(color) pixels")
    self.width = width
    self.height = height
    self.color = color
    self.pixels = pixels
  }

  /// The bytes of a PNG file.
  ///
  /// - Throws: `ReportError.image` with libpng's own message.
  public func encoded() throws(ReportError) -> Data {
    var image = png_image()
    image.version = cpng_image_version()
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = color.format
    defer { png_image_free(&image) }

    // The first call finds out how long the file is, the second one writes it.
    var length = png_alloc_size_t(0)
    guard png_image_write_to_memory(&image, nil, &length, 0, pixels, 0, nil) != 0 else {
      throw .image(operation: "encode", reason: String(cString: cpng_message(&image)))
    }
    var data = Data(count: length)
    let succeeded = data.withUnsafeMutableBytes { bytes in
      png_image_write_to_memory(&image, bytes.baseAddress, &length, 0, pixels, 0, nil) != 0
    }
    guard succeeded else {
      throw .image(operation: "encode", reason: String(cString: cpng_message(&image)))
    }
    return data.prefix(length)
  }

  /// Reads a PNG file's bytes, converted to 8 bits and the given channels.
  ///
  /// - Throws: `ReportError.image` with libpng's own message.
  package init(decoding data: Data, color: Color) throws(ReportError) {
    var image = png_image()
    image.version = cpng_image_version()
    defer { png_image_free(&image) }
    var pixels: [UInt8] = []
    let succeeded = data.withUnsafeBytes { bytes in
      // libpng keeps the pointer from the first call to the second.
      guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
        return false
      }
      image.format = color.format
      pixels = [UInt8](repeating: 0, count: Int(image.width) * Int(image.height) * color.rawValue)
      return png_image_finish_read(&image, nil, &pixels, 0, nil) != 0
    }
    guard succeeded else {
      throw .image(operation: "decode", reason: String(cString: cpng_message(&image)))
    }
    self.init(width: Int(image.width), height: Int(image.height), color: color, pixels: pixels)
  }

  /// Writes the image atomically.
  ///
  /// - Throws: `ReportError.image`, or `FileError` if the system refuses.
  public func write(to path: String) throws {
    try AtomicFile.write(encoded(), to: path)
  }
}

extension PNGImage.Color {
  fileprivate var format: png_uint_32 {
    switch self {
    case .gray: cpng_format_gray()
    case .rgb: cpng_format_rgb()
    }
  }
}
