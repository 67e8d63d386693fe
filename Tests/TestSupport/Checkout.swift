public import Foundation

/// The checkout that the tests were built from.
public enum Checkout {
  /// Its top folder.
  public static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
