extension KernelTable {
  /// Written by `holdfast bench kernels --tune`, at micro-batches of 32.
  static let tunedLines = ""
}
