import Checkpoints
import Networks
import Tensors

/// What a file of weights that belongs to no run tells about its network.
///
/// Files that `holdfast export` wrote say all of it; of others, the shapes tell the sizes of hidden layers.
struct BareWeights {
  private let path: String
  private let file: WeightsFile

  /// Reads the file.
  ///
  /// - Throws: `FileError`, `CheckpointError.corrupt`.
  init(_ path: String) throws {
    self.path = path
    file = try WeightsFile(contentsOf: path)
  }

  /// The settings of a configuration that the network belongs to, as `key=value`.
  ///
  /// - Parameters:
  ///   - model: The architecture as the command line names it.
  ///   - data: The data set as the command line names it, with settings of its own.
  /// - Throws: `ExperimentError.usage` where neither it nor the file names an architecture.
  func settings(model: String?, data: String?) throws -> [String] {
    guard let name = model ?? file.metadata["model.name"] else {
      throw ExperimentError.usage(
        "\(path) does not say which architecture it is for: name it with --model "
          + "(\(Architecture.nameList))")
    }
    var settings = ["model.name=\(name)"]
    if name == "linear-binary" { settings.append("training.method=standard") }
    if let own = file.metadata["model.name"], own == name {
      settings += stated("model.").filter { !$0.hasPrefix("model.name=") }
    } else {
      settings += sizes(of: name)
    }
    return settings + (data == nil ? stated("data.") : [])
  }

  private func stated(_ section: String) -> [String] {
    file.metadata.filter { $0.key.hasPrefix(section) }.sorted { $0.key < $1.key }.map {
      "\($0.key)=\($0.value)"
    }
  }

  private func sizes(of name: String) -> [String] {
    switch name {
    case "mlp":
      let matrices = ForeignWeights.inNaturalOrder(file.tensors).filter { $0.shape.count == 2 }
      guard matrices.count > 1 else { return [] }
      let hidden = matrices.dropLast().map { "\($0.shape[0])" }.joined(separator: ", ")
      return ["model.hidden=[\(hidden)]"]
    case "logistic-regression", "linear-binary":
      return file.tensors.count == 1 ? ["model.bias=false"] : []
    default:
      return []
    }
  }
}

extension ExperimentConfiguration {
  /// What decides the network and the classes that its outputs stand for, by key.
  var networkSettings: [String: String] {
    let others = ["data.validation", "data.sha256"]
    return identityFields.filter { key, _ in
      guard key.hasPrefix("model.") || key.hasPrefix("data.") else { return false }
      return !others.contains(key) && !key.hasPrefix("data.augmentation.")
    }
  }
}
