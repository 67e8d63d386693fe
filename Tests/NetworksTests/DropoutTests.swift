import Networks
import ReferenceNetworks
import Tensors
import Testing

@Suite("Dropout")
struct DropoutTests {
  static let units = 1000
  /// x -> dropout(x): ones show the mask.
  static let values = Architecture(
    name: "values", input: ImageShape(channels: 1, height: 1, width: units), outputs: units,
    layers: [.flatten, .linear("identity", outputs: units, bias: false), .dropout(0.3)])
  static let channels = 20
  static let area = 15
  /// The same for whole channels: every channel repeats the image.
  static let maps = Architecture(
    name: "maps", input: ImageShape(channels: 1, height: 3, width: 5), outputs: channels * area,
    layers: [.convolution("repeat", outputChannels: channels, kernel: 1), .channelDropout(0.4), .flatten])

  private static func session(_ architecture: Architecture, microbatch: Int) throws -> NetworkSession {
    let parameters = ParameterArena(architecture.parameterLayout())
    for entry in parameters.layout.entries {
      if entry.name == "identity.weight" {
        for i in 0..<units { parameters.values(entry)[i * units + i] = 1 }
      }
      if entry.name == "repeat.weight" { parameters.values(entry).update(repeating: 1) }
    }
    let network = try CompiledNetwork(architecture, microbatch: microbatch)
    try network.load(parameters)
    return try network.makeSession()
  }

  /// The masks of samples with these identities.
  private func masks(
    _ architecture: Architecture, _ samples: [UInt32], _ mode: ForwardMode
  ) throws -> [[Float]] {
    let session = try Self.session(architecture, microbatch: samples.count)
    session.samples.pointer.update(from: samples, count: samples.count)
    session.images.update(repeating: 1, count: samples.count * session.imageElements)
    try session.forward(mode)
    return samples.indices.map { Array(session.outputs(of: $0)) }
  }

  @Test("Values are dropped at the rate asked for, and what survives is scaled up")
  func rate() throws {
    let masks = try masks(Self.values, Array(0..<200), .training(seed: 1, step: 0, pass: 0))
    let all = masks.flatMap { $0 }
    let kept = Float(1) / (1 - 0.3)

    #expect(all.allSatisfy { $0 == 0 || $0 == kept })
    let rate = Double(all.count { $0 == 0 }) / Double(all.count)
    // Five standard deviations of 200,000 draws.
    #expect(abs(rate - 0.3) < 5 * (0.3 * 0.7 / Double(all.count)).squareRoot())
  }

  @Test("Channel dropout drops whole channels, at the rate asked for")
  func wholeChannels() throws {
    let masks = try masks(Self.maps, Array(0..<500), .training(seed: 1, step: 0, pass: 0))
    var dropped = 0
    for mask in masks {
      for channel in 0..<Self.channels {
        let map = mask[channel * Self.area..<(channel + 1) * Self.area]
        #expect(map.allSatisfy { $0 == map.first })
        #expect(map.first == 0 || map.first == 1 / (1 - 0.4))
        if map.first == 0 { dropped += 1 }
      }
    }
    let rate = Double(dropped) / Double(500 * Self.channels)
    #expect(abs(rate - 0.4) < 5 * (0.4 * 0.6 / Double(500 * Self.channels)).squareRoot())
  }

  @Test("A mask depends on seed, step, pass and sample, and on nothing else", arguments: [values, maps])
  func identity(_ architecture: Architecture) throws {
    let base = try masks(architecture, [5, 6, 7], .training(seed: 1, step: 2, pass: 3))
    #expect(Set(base).count == 3)

    // Another row and other neighbours, a micro-batch of another size.
    let moved = try masks(architecture, [0, 9, 9, 7, 5], .training(seed: 1, step: 2, pass: 3))
    #expect(moved[3] == base[2] && moved[4] == base[0])
    #expect(moved[1] == moved[2])

    for (seed, step, pass) in [(2, 2, 3), (1, 3, 3), (1, 2, 4), (1 << 40, 2, 3), (1, 1 << 40, 3)] {
      let mode = ForwardMode.training(seed: UInt64(seed), step: UInt64(step), pass: UInt32(pass))
      let other = try masks(architecture, [5, 6, 7], mode)
      #expect(zip(other, base).allSatisfy { $0 != $1 }, "seed \(seed), step \(step), pass \(pass)")
    }
  }

  @Test("Two dropout layers draw different masks")
  func layers() throws {
    var twice = Self.values
    twice = Architecture(
      name: "twice", input: twice.input, outputs: twice.outputs, layers: twice.layers + [.dropout(0.3)])
    let mode = ForwardMode.training(seed: 1, step: 0, pass: 0)
    let once = try masks(Self.values, [4], mode)[0]
    let both = try masks(twice, [4], mode)[0]

    let keptOnce = once.count { $0 != 0 }
    let keptTwice = both.count { $0 != 0 }
    #expect(zip(once, both).allSatisfy { $0 != 0 || $1 == 0 })
    // 0.7 of the survivors survive again; the same mask twice would keep all of them.
    #expect(abs(Double(keptTwice) / Double(keptOnce) - 0.7) < 0.1)
  }

  @Test("The gradient passes through the mask of the forward pass")
  func backward() throws {
    let session = try Self.session(Self.values, microbatch: 2)
    let images = uniformValues(2 * Self.units, seed: 1).map { $0 + 2 }
    let direction = uniformValues(2 * Self.units, seed: 2)
    let result = try session.run(images, direction: direction, mode: .training(seed: 1, step: 0, pass: 0))

    for i in images.indices {
      let factor: Float = result.outputs[i] == 0 ? 0 : 1 / (1 - 0.3)
      #expect(result.gradient[i] == direction[i] * factor)
    }
  }

  @Test("Evaluation leaves values and gradients alone, also after training", arguments: [values, maps])
  func evaluation(_ architecture: Architecture) throws {
    let session = try Self.session(architecture, microbatch: 2)
    let images = uniformValues(2 * session.imageElements, seed: 1)
    let ones = [Float](repeating: 1, count: 2 * session.outputCount)
    _ = try session.run(images, direction: ones, mode: .training(seed: 1, step: 0, pass: 0))

    let result = try session.run(images, direction: ones)

    let copies = session.outputCount / session.imageElements
    for sample in 0..<2 {
      let image = images[sample * session.imageElements..<(sample + 1) * session.imageElements]
      let outputs = result.outputs[sample * session.outputCount..<(sample + 1) * session.outputCount]
      #expect(Array(outputs) == (0..<copies).flatMap { _ in image })
    }
    #expect(result.gradient.allSatisfy { $0 == Float(copies) })
  }
}
