import Kernels
import Testing

@Suite("The table of kernels")
struct KernelTableTests {
  static let key = "32x14x14-64k5s1p2m2"

  private func block(_ key: String, _ set: InstructionSet = .selected) throws -> ConvolutionBlock {
    guard case .convolution(let block) = try #require(KernelShape(key: key, lanes: set.channelLanes)) else {
      throw NoBlock()
    }
    return block
  }

  private struct NoBlock: Error {}

  @Test("The table that comes with the program is well-formed, and has lines for AVX-512 and AVX2")
  func tuned() throws {
    let lines = KernelTable.tuned.lines.keys

    #expect(lines.contains { $0.instructionSet == .avx512 && $0.oneDNN == 2 })
    #expect(lines.contains { $0.instructionSet == .avx2 && $0.oneDNN == 2 })
    #expect(try KernelTable(parsing: KernelTable.tuned.text) == .tuned)
  }

  @Test("Every line chooses kernels of our own that can serve its shape")
  func possible() throws {
    for (key, choice) in KernelTable.tuned.lines where key.instructionSet <= .supported {
      let shape = try #require(KernelShape(key: key.shape, lanes: key.instructionSet.channelLanes))
      switch (shape, choice) {
      case (.convolution(let block), .convolution(let choice)):
        #expect(block.forwardChoices.contains(choice.forward), "\(key)")
        #expect(block.backwardChoices.contains(choice.backward), "\(key)")
        #expect(block.parameterGradientChoices.contains(choice.parameterGradient), "\(key)")
      case (.dense(let layer), .dense(let choice)):
        #expect(layer.skipsZeros || !choice.ownsParameterGradient, "\(key)")
      default: Issue.record("\(key) chooses for another kind of layer")
      }
    }
  }

  @Test("Every line for this instruction set and this oneDNN names implementations that are offered")
  func offered() throws {
    for (key, choice) in KernelTable.tuned.lines
    where key.instructionSet == .selected && key.oneDNN == OneDNN.majorVersion {
      let shape = try #require(KernelShape(key: key.shape, lanes: key.instructionSet.channelLanes))
      let geometry: AffineGeometry
      let library: AffineChoice
      switch (shape, choice) {
      case (.convolution(let block), .convolution(let choice)):
        (geometry, library) = (block.convolution, choice.library)
      case (.dense(let layer), .dense(let choice)): (geometry, library) = (layer.product, choice.library)
      default: continue
      }
      let offers = try AffineOffers(geometry, batch: 32)
      #expect(library.forward.map(offers.forward.contains) != false, "\(key)")
      #expect(library.backward.map(offers.backward.contains) != false, "\(key)")
      #expect(library.weights.map(offers.weights.contains) != false, "\(key)")
    }
  }

  @Test("What the table says beats the rule of thumb", .enabled(if: !KernelChoice.prefersLibrary))
  func lookup() throws {
    let table = try KernelTable(
      parsing: """
        # A comment, and a blank line.

        avx2   7 \(Self.key)  forward=library:a:b backward=library weights=library
        avx512 7 \(Self.key) forward=library backward=sparse weights=library:c
        avx2 7 64x7x7-1024r layer=library:d weights=library:e:f
        avx2 7 784-10r layer=own weights=own
        """)
    let block = try block(Self.key, .avx2)
    let choice = KernelChoice(for: block, instructionSet: .avx2, oneDNN: 7, table: table)
    #expect(choice != .rule(for: block))
    #expect(choice.forward == .library && choice.backward == .library)
    #expect(choice.library == AffineChoice(forward: "a:b"))
    let wide = KernelChoice(
      for: try self.block(Self.key, .avx512), instructionSet: .avx512, oneDNN: 7, table: table)
    #expect(wide == KernelChoice(forward: .library, backward: .sparse, library: AffineChoice(weights: "c")))

    let inputs = ActivationLayout(channels: 64, height: 7, width: 7, lanes: 8)
    let layer = DenseLayer(input: inputs, outputs: 1024, bias: true, relu: true)
    let dense = DenseChoice(for: layer, instructionSet: .avx2, oneDNN: 7, table: table)
    #expect(
      dense == DenseChoice(isOwn: false, library: AffineChoice(forward: "d", backward: "d", weights: "e:f")))
    let last = DenseLayer(input: .vector(784), outputs: 10, bias: true, relu: true)
    #expect(
      DenseChoice(for: last, instructionSet: .avx2, oneDNN: 7, table: table)
        == DenseChoice(isOwn: true, ownsParameterGradient: true))
    #expect(try KernelTable(parsing: table.text) == table)
  }

  @Test(
    "A shape, an instruction set and a version that the table lacks get the rule of thumb",
    .enabled(if: !KernelChoice.prefersLibrary))
  func rule() throws {
    let table = try KernelTable(
      parsing: "avx2 7 \(Self.key) forward=library backward=library weights=library")
    let block = try block(Self.key, .avx2)
    let other = try self.block("32x14x14-64k5s1p2m1", .avx2)

    #expect(KernelChoice(for: other, instructionSet: .avx2, oneDNN: 7, table: table) == .rule(for: other))
    #expect(KernelChoice(for: block, instructionSet: .avx2, oneDNN: 6, table: table) == .rule(for: block))
    #expect(
      KernelChoice(for: block, instructionSet: .portable, oneDNN: 7, table: table) == .rule(for: block))
    #expect(KernelChoice.rule(for: block).forward != .library)
    let layer = DenseLayer(input: .vector(7), outputs: 3, bias: true, relu: false)
    #expect(
      DenseChoice(for: layer, instructionSet: .avx2, oneDNN: 7, table: table) == .rule(for: layer))
    #expect(DenseChoice.rule(for: layer).isOwn)
  }

  @Test(
    "A line that says nothing is refused, with its number",
    arguments: [
      "avx9 2 784-10 layer=own weights=library", "avx2 two 784-10 layer=own weights=library", "avx2 2 784-10",
      "avx2 2 784-10 layer=own", "avx2 2 784-10 layer=mine weights=library",
      "avx2 2 784-10 weights=library layer=own", "avx2 2 784-10 layer=own weights=",
      "avx2 2 784-10 layer=own weights=library more=library", "avx2 2 784-10 layer=library: weights=library",
      "avx2 2 784-10 layer=own:a weights=library", "avx2 2 784-10 layer=own weights=jit",
      "avx2 2 \(key) layer=own weights=library",
      "avx2 2 784-10 forward=library backward=library weights=library",
      "avx2 2 \(key) forward=shifted backward=library weights=library",
      "avx2 2 \(key) forward=library backward=direct weights=library",
      "avx2 2 \(key) forward=library backward=library weights=winograd",
    ])
  func malformed(_ line: String) throws {
    #expect { try KernelTable(parsing: "# first\n\(line)") } throws: { error in
      "\(error)".contains("line 2") && "\(error)".contains(line)
    }
  }

  @Test("A line that is there twice is refused")
  func twice() {
    let line = "avx2 2 784-10 layer=own weights=library"

    #expect(throws: KernelTableError.self) { try KernelTable(parsing: "\(line)\n\(line)") }
  }

  @Test(
    "Names of shapes are read as they are written",
    arguments: [
      key, "1x28x28-10k5s1p0m2", "3x32x32-16k4s2p1m1", "784-10", "784-100r", "64x7x7-1024r", "8x1x1-4",
    ])
  func shapes(_ key: String) throws {
    for lanes in [8, 16] {
      let shape = try #require(KernelShape(key: key, lanes: lanes))

      #expect(shape.key == key)
    }
  }

  @Test(
    "What is no name of a shape is none",
    arguments: [
      "", "784", "784-", "-10", "784-0", "784--10", "+784-10", "7x7-10", "32x14x14-64k5s1p2",
      "0x14x14-64k5s1p2m2",
      "32x14x14-64k5s1p2m3", "32x14x14-64k5s0p2m2", "32x14x14-64k5s1p2m2r", "32x3x3-64k5s1p0m1",
      "32x14x14-64k5s1p2m02",
      // Sums and products of such numbers would overflow.
      "32x14x14-64k5s1p9223372036854775807m2", "32x14x14-64k5s1p4611686018427387904m2",
      "32x9223372036854775807x14-64k5s1p2m2", "9223372036854775807x7x7-10", "1048577-10",
    ])
  func noShapes(_ key: String) {
    #expect(KernelShape(key: key, lanes: 8) == nil)
  }

  @Test("Layouts that networks do not meet have no name, and get the rule of thumb")
  func nameless() {
    let input = ActivationLayout(channels: 3, height: 9, width: 9, lanes: 8)
    let convolution = AffineGeometry.convolution(
      input: input, outputChannels: 8, kernel: 3, stride: 1, padding: 1, lanes: 8)

    #expect(KernelShape.convolution(ConvolutionBlock(convolution, pool: 1)).key == nil)
    let plain = DenseLayer(input: input.with(lanes: 1), outputs: 4, bias: true, relu: false)
    #expect(KernelShape.dense(plain).key == nil)
  }
}
