/// The data sets that the program knows.
public enum DatasetName: String, CaseIterable, Sendable, Codable {
  /// 5,000 MNIST digits that come with the program.
  case mnist5k = "mnist-5k"
  /// MNIST: 60,000 + 10,000 digits (LeCun, Cortes, Burges).
  case mnist
  /// Fashion-MNIST: 60,000 + 10,000 pieces of clothing (Xiao, Rasul, Vollgraf 2017).
  case fashionMNIST = "fashion-mnist"
  /// CIFAR-10: 50,000 + 10,000 photographs (Krizhevsky 2009), binary version.
  case cifar10
  /// CIFAR-100: 50,000 + 10,000 photographs in 100 classes (Krizhevsky 2009), binary version.
  case cifar100
  /// Generated images.
  case synthetic

  /// Finds a data set by its name in configurations and on the command line.
  ///
  /// - Throws: `DatasetError` of kind `usage` that lists the names.
  public init(named name: String) throws(DatasetError) {
    guard let known = DatasetName(rawValue: name) else {
      let names = DatasetName.allCases.map(\.rawValue).joined(separator: ", ")
      throw DatasetError(.usage, "no data set is called '\(name)'; there are \(names)")
    }
    self = known
  }
}

extension DatasetName {
  /// The images that were published for training and as a test set; nil where there is no such number.
  public var publishedCounts: (training: Int, test: Int)? {
    switch self {
    case .mnist, .fashionMNIST: (60_000, 10_000)
    case .cifar10, .cifar100: (50_000, 10_000)
    case .mnist5k, .synthetic: nil
    }
  }

  /// The layout of its records, where it is one of the CIFAR sets.
  var cifarFormat: CIFARFormat? {
    switch self {
    case .cifar10: .cifar10
    case .cifar100: .cifar100
    case .mnist5k, .mnist, .fashionMNIST, .synthetic: nil
    }
  }
}
