/// Whether the files of a data set are there.
public enum DatasetAvailability: Sendable, Equatable {
  /// No files are needed.
  case generated
  /// The folder has them.
  case complete(String)
  /// The folder has some of them.
  case incomplete(String, missing: [String])
  /// None of these folders has any.
  case absent([String])
}
