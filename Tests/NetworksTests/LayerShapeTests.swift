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
      for network in NetworkCase.all where network.architecture.input.channels == 1 {
        for layer in try CompiledNetwork(network.architecture, microbatch: 1).layers {
          #expect(KernelTable.tuned[layer.shape, set, oneDNN: 2] != nil, "\(layer)")
        }
      }
    }
  }
}
