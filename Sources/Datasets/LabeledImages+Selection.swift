extension LabeledImages {
  /// The samples at `positions`, in that order, with the identities they have here.
  ///
  /// - Precondition: every position is below `count`.
  public func subset(_ positions: some Sequence<Int>) -> LabeledImages {
    let positions = Array(positions)
    return LabeledImages(
      name: name, channels: channels, height: height, width: width, classes: classes,
      labels: positions.map { labels[$0] }, sourceIndices: positions.map { sourceIndices[$0] },
      pixels: pixels)
  }

  /// The first `limit` samples, or all of them if there are fewer.
  public func prefix(_ limit: Int) -> LabeledImages {
    limit >= count ? self : subset(0..<max(limit, 0))
  }

  /// The samples of the given classes, labelled by the class's place in the list.
  ///
  /// Two classes make a binary problem: the first becomes label 0 (-1), the second label 1 (+1).
  ///
  /// - Throws: `DatasetError` of kind `usage` if the list has fewer than two classes, a class twice, one the
  ///   data do not have, or one without a single sample.
  public func selecting(classes wanted: [Int]) throws(DatasetError) -> LabeledImages {
    guard wanted.count >= 2, Set(wanted).count == wanted.count else {
      throw DatasetError(
        .usage, "data.classes is \(wanted) and needs two or more different classes, such as [3, 8]")
    }
    var relabelled = [UInt8?](repeating: nil, count: classCount)
    for (label, wantedClass) in wanted.enumerated() {
      guard let old = classes.firstIndex(of: wantedClass) else {
        throw DatasetError(.usage, "data.classes names class \(wantedClass); \(name) has \(classes)")
      }
      relabelled[old] = UInt8(label)
    }

    var newLabels: [UInt8] = []
    var newIndices: [Int] = []
    for position in 0..<count {
      guard let label = relabelled[Int(labels[position])] else { continue }
      newLabels.append(label)
      newIndices.append(sourceIndices[position])
    }
    let present = Set(newLabels)
    if let absent = wanted.indices.first(where: { !present.contains(UInt8($0)) }) {
      throw DatasetError(.usage, "\(name) has no sample of class \(wanted[absent]), which data.classes names")
    }
    return LabeledImages(
      name: name, channels: channels, height: height, width: width, classes: wanted, labels: newLabels,
      sourceIndices: newIndices, pixels: pixels)
  }
}
