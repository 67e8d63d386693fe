/// Which images, and how they are split (section `data`).
public struct DataConfiguration: Codable, Equatable, Sendable {
  /// The data sets there are.
  public enum Name: String, Codable, ConfigurationChoice {
    /// 5,000 real MNIST digits that come with the program.
    case mnist5k = "mnist-5k"
    /// 60,000 + 10,000 handwritten digits.
    case mnist
    /// 60,000 + 10,000 pieces of clothing.
    case fashionMNIST = "fashion-mnist"
    /// 50,000 + 10,000 small photographs.
    case cifar10
    /// 50,000 + 10,000 small photographs of 100 classes.
    case cifar100
    /// Generated images.
    case synthetic
  }

  /// The size and difficulty of generated images.
  public struct Synthetic: Codable, Equatable, Sendable {
    /// The number of training samples.
    public var samples = 2048
    /// The number of test samples.
    public var testSamples = 512
    /// Channels, height and width.
    public var shape = [1, 28, 28]
    /// The number of classes.
    public var classCount = 10
    /// The largest distance of a noisy pixel from its class's prototype.
    public var noise = 0.25
  }

  /// Random changes of training images (section `data.augmentation`).
  public struct Augmentation: Codable, Equatable, Sendable {
    /// The rows and columns of zeros on each side that a random crop may reach into; 0 for no crop.
    public var crop = 0
    /// Whether images are mirrored at random.
    public var flip = false

    /// Whether training images are changed at all.
    public var isActive: Bool { crop > 0 || flip }
  }

  /// The data set.
  public var name: Name
  /// The folder of its files; nil leaves it to `$HOLDFAST_DATA` and the program's own places.
  public var path: String?
  /// The number of training samples held out to choose among checkpoints; 0 for none.
  public var validation: Int
  /// The classes that are kept, in the order of their new labels; nil for all.
  public var classes: [Int]?
  /// How training images are changed from epoch to epoch.
  public var augmentation: Augmentation
  /// What generated images are like; unused by other data sets.
  public var synthetic: Synthetic

  /// The number of classes that a model tells apart.
  public var classCount: Int { classes?.count ?? availableClassCount }

  /// The number of classes of the data set before any are left out.
  var availableClassCount: Int {
    switch name {
    case .synthetic: synthetic.classCount
    case .cifar100: 100
    case .mnist5k, .mnist, .fashionMNIST, .cifar10: 10
    }
  }

  init(reading reader: ConfigurationReader) {
    let name = reader.select("name", default: Name.mnist5k, "The data set.")
    path = reader.optionalText(
      "path", type: "a folder", if: name != .synthetic,
      "The folder of the data set's files; left out, $HOLDFAST_DATA/NAME is tried first."
    ) { !$0.isEmpty && !$0.contains("\0") }
    validation = reader.integer(
      "validation", default: name.defaultValidation, in: 0...10_000_000,
      "Training samples held out to choose the best checkpoint; 0 for none (then the latest counts as best).")
    classes = reader.integers(
      "classes", default: nil, in: 0...255, count: 2...256,
      "The classes that are kept. Of two, the first counts as -1 and the second as +1.")
    augmentation = Augmentation(
      reading: reader.section(
        "augmentation", "Random changes of training images; evaluations see them as they are."))
    synthetic = Synthetic(reading: reader, if: name == .synthetic)
    self.name = name
    reader.finish()
  }

  var fields: [ResolvedField] {
    var fields = [ResolvedField("name", .choice(name))]
    if let path { fields.append(ResolvedField("path", .text(path))) }
    fields.append(ResolvedField("validation", .number(validation)))
    if let classes { fields.append(ResolvedField("classes", .list(classes.map { .number($0) }))) }
    // A run from before there was any is the same run.
    if augmentation.isActive { fields.append(ResolvedField("augmentation", .section(augmentation.fields))) }
    return fields + (name == .synthetic ? synthetic.fields : [])
  }

  /// What is wrong with a key, beside what its type and range say.
  var problems: [(keyPath: String, message: String)] {
    guard let classes else { return [] }
    if let absent = classes.first(where: { $0 >= availableClassCount }) {
      return [
        ("data.classes", "names class \(absent); \(name.rawValue) has 0 to \(availableClassCount - 1)")
      ]
    }
    return Set(classes).count == classes.count ? [] : [("data.classes", "names a class twice")]
  }
}

extension DataConfiguration.Name {
  fileprivate var defaultValidation: Int {
    switch self {
    case .mnist5k: 500
    case .mnist, .fashionMNIST: 5000
    case .cifar10, .cifar100: 1000
    case .synthetic: 0
    }
  }
}

extension DataConfiguration.Augmentation {
  fileprivate init(reading reader: ConfigurationReader) {
    crop = reader.integer(
      "crop", default: 0, in: 0...512,
      "Rows and columns of zeros around an image, from which a part of its size is cut at random; 0 for none."
    )
    flip = reader.flag("flip", default: false, "Whether every second image, at random, is mirrored.")
    reader.finish()
  }

  fileprivate var fields: [ResolvedField] {
    [ResolvedField("crop", .number(crop)), ResolvedField("flip", .flag(flip))]
  }
}

extension DataConfiguration.Synthetic {
  fileprivate init(reading reader: ConfigurationReader, if isUsed: Bool) {
    let standard = Self()
    samples = reader.integer(
      "samples", default: standard.samples, in: 1...10_000_000, if: isUsed, "Generated training samples.")
    testSamples = reader.integer(
      "testSamples", default: standard.testSamples, in: 1...10_000_000, if: isUsed, "Generated test samples.")
    shape =
      reader.integers(
        "shape", default: standard.shape, in: 1...1024, count: 3...3, if: isUsed,
        "Channels, height and width of a generated image.") ?? standard.shape
    classCount = reader.integer(
      "classCount", default: standard.classCount, in: 2...256, if: isUsed,
      "The number of classes of generated images.")
    noise = reader.number(
      "noise", default: standard.noise, .unit, if: isUsed,
      "The largest distance of a generated pixel from its class's prototype.")
  }

  fileprivate var fields: [ResolvedField] {
    [
      ResolvedField("samples", .number(samples)),
      ResolvedField("testSamples", .number(testSamples)),
      ResolvedField("shape", .list(shape.map { .number($0) })),
      ResolvedField("classCount", .number(classCount)),
      ResolvedField("noise", .number(noise)),
    ]
  }
}
