import Kernels
import Networks
import Tensors
import Testing

@Suite("Layers as the table of kernels names them")
struct LayerShapeTests {
  @Test("Every layer with parameters has a name, which reads back as the layer", arguments: NetworkCase.all)
  func names(_ network: NetworkCase) throws {
    let compiled = try CompiledNetwork(network.architecture, microbatch: 1)

    let weights = compiled.parameterLayout.entries.map(\.name).filter { $0.hasSuffix(".weight") }
    #expect(compiled.layers.map(\.weights) == weights)
    for layer in compiled.layers {
      let key = try #require(layer.shape.key)
      #expect(KernelShape(key: key, lanes: InstructionSet.selected.channelLanes) == layer.shape, "\(key)")
    }
  }

  @Test("All networks that come with the program are in the table", .enabled(if: OneDNN.majorVersion == 2))
  func tuned() throws {
    for set in [InstructionSet.avx2, .avx512] where set == .selected {
      for name in Architecture.names {
        let architecture = try #require(
          Architecture.named(name, input: ImageShape(channels: 1, height: 28, width: 28), classes: 10))
        for layer in try CompiledNetwork(architecture, microbatch: 1).layers {
          #expect(KernelTable.tuned[layer.shape, set, oneDNN: 2] != nil, "\(layer)")
        }
      }
    }
  }
}
