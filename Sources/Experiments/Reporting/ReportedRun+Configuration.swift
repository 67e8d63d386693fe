import Attacks
import Checkpoints
import Foundation
import Reports
import Training

extension ReportedRun {
  /// Reads a run's folder, its configuration included.
  ///
  /// A configuration that cannot be understood, as one of another version, is shown as it is.
  init(reading directory: RunDirectory, name: String) {
    var configuration: ExperimentConfiguration?
    var problem: String?
    if FileSystem.exists(directory.configuration) {
      do throws(ConfigurationError) {
        configuration = try ExperimentConfiguration(file: directory.configuration)
      } catch {
        problem = "\(error)"
      }
    }
    self.init(directory, name: name, classes: configuration?.data.classCount ?? 0)
    if let problem { problems.append(problem) }
    if let configuration { describe(configuration) }
  }

  private mutating func describe(_ configuration: ExperimentConfiguration) {
    let outputs = configuration.model.isBinary ? 1 : configuration.data.classCount
    let method = configuration.makeMethod(outputs: outputs).label
    let model = configuration.model.fullName
    let data = configuration.data.name.rawValue
    headline = "\(model) on \(data), \(method)"
    threat = (configuration.threat.norm.rawValue, configuration.threat.model.epsilon.asWritten)
    classNames = configuration.data.classNames
    settings = ResolvedValue.section(configuration.fields).leaves().map { ($0.keyPath, $0.text) }
    let box = configuration.threat.box ? "" : ", without box"
    facts = [
      ("model", model), ("data", data), ("training", method),
      (
        "threat", "\(threat?.norm ?? "") \(ConfigurationNumber.text(configuration.threat.epsilon))\(box)"
      ),
      ("epochs", "\(configuration.epochs)"),
      ("batch", "\(configuration.batch.size) in micro-batches of \(configuration.batch.microbatch)"),
      ("optimizer", configuration.optimizer.name.rawValue),
      ("schedule", configuration.schedule.name.rawValue), ("seed", "\(configuration.seed)"),
    ]
  }
}

extension DataConfiguration {
  /// What the labels of the images are called.
  var classNames: [String] {
    let all: [String] =
      switch name {
      case .mnist5k, .mnist, .synthetic: (0..<max(classCount, 10)).map(String.init)
      // A hundred names would crowd every chart.
      case .cifar100: (0..<100).map(String.init)
      case .fashionMNIST:
        [
          "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
          "ankle boot",
        ]
      case .cifar10:
        [
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
        ]
      }
    // The first of the classes that are kept is label 0, and so on.
    return classes.map { $0.map { all.indices.contains($0) ? all[$0] : "\($0)" } } ?? all
  }
}
