import Checkpoints
import Datasets
import Exchange
import Foundation
import Networks
import Reports
import Tensors

/// A network with its weights, ready to be written in a format of other programs.
struct ExportedNetwork {
  let architecture: Architecture
  /// What was renamed, in a sentence; nil for nothing.
  let note: String?
  /// In the order of the layers.
  private let tensors: [NamedTensor]
  private let metadata: [String: String]

  /// Builds the network of a configuration and fits the weights to it; data are not needed.
  ///
  /// - Throws: `ExperimentError.badData` where they do not fit.
  init(_ configuration: ExperimentConfiguration, _ target: EvaluationTarget) throws {
    architecture = try configuration.architecture(for: configuration.data.noImages)
    let layout = architecture.parameterLayout()
    do throws(ParameterMismatch) {
      let (named, note) = try ForeignWeights.named(like: layout, target.tensors)
      try layout.requireFits(named)
      let byName = Dictionary(named.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
      tensors = layout.entries.compactMap { byName[$0.name] }
      self.note = note
    } catch {
      throw ExperimentError.badData("\(target.identity.path) does not fit \(architecture.name): \(error)")
    }
    metadata = configuration.networkSettings.merging(["checkpoint_sha256": target.identity.sha256]) { $1 }
  }

  /// The bytes of a file.
  func encoded(_ format: ExportOptions.Format) throws -> Data {
    switch format {
    case .onnx:
      return try ONNXModel(architecture, tensors, metadata: metadata).encoded()
    case .safetensors:
      // Readers of the format ask which program's layouts the tensors have.
      return try SafetensorsFile(tensors: tensors, metadata: metadata.merging(["format": "pt"]) { $1 })
        .encoded()
    }
  }

  /// Images uniform on [0, 1] with the outputs that this program computes for them: `images` and `outputs`.
  func samples(_ count: Int) throws -> [NamedTensor] {
    let network = try CompiledNetwork(architecture, microbatch: min(count, 32))
    let parameters = ParameterArena(network.parameterLayout)
    try parameters.load(tensors)
    try network.load(parameters)
    let session = try network.makeSession()
    var stream = RandomStream(RandomIdentity(seed: 0, purpose: .synthetic))
    let size = architecture.input.elements
    let images = (0..<count * size).map { _ in stream.uniform() }
    var outputs: [Float] = []
    for start in stride(from: 0, to: count, by: session.batch) {
      let rows = min(session.batch, count - start)
      session.images.update(repeating: 0, count: session.batch * size)
      images[start * size..<(start + rows) * size].withUnsafeBufferPointer { source in
        if let base = source.baseAddress { session.images.update(from: base, count: source.count) }
      }
      try session.forward(.evaluation)
      outputs += UnsafeBufferPointer(start: session.outputs, count: rows * session.outputCount)
    }
    let input = architecture.input
    return [
      NamedTensor(
        name: "images", shape: [count, input.channels, input.height, input.width], values: images),
      NamedTensor(name: "outputs", shape: [count, architecture.outputs], values: outputs),
    ]
  }
}

extension DataConfiguration {
  /// The shape and the classes of the data set, with no image.
  var noImages: LabeledImages {
    LabeledImages(
      name: name.rawValue, channels: imageShape[0], height: imageShape[1], width: imageShape[2],
      classCount: classCount, values: [], labels: [])
  }

  /// The extents of an image, `[C, H, W]`.
  private var imageShape: [Int] {
    switch name {
    case .mnist5k, .mnist, .fashionMNIST: [1, 28, 28]
    case .cifar10, .cifar100: [3, 32, 32]
    case .synthetic: synthetic.shape
    }
  }
}
