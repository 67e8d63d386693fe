import Checkpoints
import Foundation
import Reports
import Tensors
import TestSupport
import Testing

@Suite("Pictures of adversarial examples")
struct ExamplePictureTests {
  /// Two gray pixels, of which one becomes brighter and the other darker by half as much.
  private let gray = AdversarialExample(
    index: 5, label: 7, predictedClean: 7, predicted: 3, clean: [0, 0.5], adversarial: [0.2, 0.4])

  private func pixel(_ picture: PNGImage, _ x: Int, _ y: Int) -> [UInt8] {
    let start = 3 * (y * picture.width + x)
    return Array(picture.pixels[start..<start + 3])
  }

  @Test("A strip shows image, perturbation and example, in this order")
  func strip() throws {
    let picture = try #require(ExamplePicture(channels: 1, height: 1, width: 2, magnification: 1)).strip(gray)

    // Three images of two pixels with gaps of three.
    #expect(picture.width == 12 && picture.height == 1)
    #expect([0, 1].map { pixel(picture, $0, 0) } == [[0, 0, 0], [128, 128, 128]])
    // The largest change has the full red, half of it downwards half of the blue.
    #expect(pixel(picture, 5, 0) == [199, 41, 31])
    #expect(pixel(picture, 6, 0) == [140, 172, 219])
    #expect([10, 11].map { pixel(picture, $0, 0) } == [[51, 51, 51], [102, 102, 102]])
    #expect([2, 7].map { pixel(picture, $0, 0) } == [[255, 255, 255], [255, 255, 255]])
  }

  @Test("Colour images keep their colours, and perturbations lie around gray")
  func color() throws {
    let example = AdversarialExample(
      index: 0, label: 1, predictedClean: 1, predicted: 1, clean: [1, 0, 0.2], adversarial: [0.9, 0.1, 0.2])
    let picture = try #require(ExamplePicture(channels: 3, height: 1, width: 1, magnification: 1)).strip(
      example)
    #expect(pixel(picture, 0, 0) == [255, 0, 51])
    #expect(pixel(picture, 4, 0) == [0, 255, 128])
    #expect(pixel(picture, 8, 0) == [230, 26, 51])
  }

  @Test("Every example of a grid has its own place, with a caption")
  func grid() throws {
    let picture = try #require(ExamplePicture(channels: 1, height: 10, width: 10, magnification: 2))
    func example(_ label: Int) -> AdversarialExample {
      AdversarialExample(
        index: 0, label: label, predictedClean: label, predicted: 3,
        clean: Array(repeating: 0, count: 100), adversarial: Array(repeating: 1, count: 100))
    }
    let one = picture.grid([example(7)])
    let five = picture.grid((0..<5).map(example))

    #expect(five.width == 4 * one.width)
    #expect(five.height - one.height == one.height - 3)
    // Dark pixels below the images: the caption, which differs by class.
    let captions = five.pixels.suffix(five.width * 3 * 20).count { $0 == 40 }
    #expect(captions > 0)
    #expect(picture.grid([example(1)]) != picture.grid([example(8)]))
    #expect(gray.caption == "7 -> 3")
    #expect(gray.isBroken)
  }

  @Test("Images that no picture can show have none")
  func impossible() {
    #expect(ExamplePicture(channels: 2, height: 4, width: 4) == nil)
    #expect(ExamplePicture(channels: 1, height: 0, width: 4) == nil)
  }

  @Test("A file of examples comes back as it was")
  func file() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/\(ExampleFile.name)"
    let lost = AdversarialExample(
      index: 60_000, label: 2, predictedClean: 2, predicted: -1, clean: [0.1, 0.7], adversarial: [0, 1])
    let file = ExampleFile(shape: [1, 1, 2], examples: [0: [gray, lost], 2: [lost]])

    try file.safetensors(metadata: ["data": "mnist test"]).write(to: path)

    #expect(try ExampleFile(contentsOf: path) == file)
    #expect(lost.caption == "2 -> ?")
  }

  @Test("A file with other tensors is refused with its path")
  func otherFile() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/\(ExampleFile.name)"
    let images = NamedTensor(name: "clean", shape: [1, 1, 1, 2], values: [0, 1])
    let adversarial = NamedTensor(name: "adversarial", shape: [1, 1, 1, 2], values: [0, 1])
    let labels = NamedTensor(name: "labels", shape: [1], values: [0.5])
    for tensors in [[images], [images, adversarial], [images, adversarial, labels]] {
      try SafetensorsFile(tensors: tensors).write(to: path)
      let error = #expect(throws: ReportError.self) { try ExampleFile(contentsOf: path) }
      #expect(error?.description.contains(path) == true)
    }
  }
}
