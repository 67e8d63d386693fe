import Datasets

/// The images of an experiment, split.
struct ExperimentData {
  /// The data set, reduced to the classes that were asked for.
  let dataset: Dataset
  /// The training images that are trained on, and those held out, by position.
  let split: ValidationSplit
  /// A fingerprint of all images and labels.
  let fingerprint: String

  /// Loads what a configuration names.
  ///
  /// - Throws: `DatasetError`.
  init(_ configuration: DataConfiguration) throws {
    var synthetic = SyntheticImages()
    synthetic.trainCount = configuration.synthetic.samples
    synthetic.testCount = configuration.synthetic.testSamples
    synthetic.channels = configuration.synthetic.shape[0]
    synthetic.height = configuration.synthetic.shape[1]
    synthetic.width = configuration.synthetic.shape[2]
    synthetic.classCount = configuration.synthetic.classCount
    synthetic.noise = Float(configuration.synthetic.noise)
    var dataset = try DatasetCatalog().load(
      DatasetName(named: configuration.name.rawValue), path: configuration.path, synthetic: synthetic)
    if let classes = configuration.classes { dataset = try dataset.selecting(classes: classes) }
    self.dataset = dataset
    split = try dataset.train.validationSplit(count: configuration.validation)
    fingerprint = "\(dataset.train.sha256) \(dataset.test.sha256)"
  }
}
