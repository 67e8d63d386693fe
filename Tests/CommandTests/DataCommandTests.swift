import Foundation
import TestSupport
import Testing

@Suite("holdfast data describe and verify")
struct DataCommandTests {
  @Test("The data that come with the program are described, once for all ranks", arguments: [nil, 2])
  func describesEmbedded(ranks: Int?) async throws {
    try await withTemporaryDirectory { data in
      let text = try await holdfast("data", "describe", "mnist-5k", ranks: ranks, data: data)
      #expect(text.exitCode == 0)
      #expect(text.standardOutput.components(separatedBy: "train: 4000 images of 1x28x28").count == 2)

      let json = try await holdfast("data", "describe", "mnist-5k", "--json", ranks: ranks, data: data).json()
      let test = try #require(json["test"] as? [String: Any])
      #expect(json["name"] as? String == "mnist-5k" && test["count"] as? Int == 1000)
      #expect(test["classCounts"] as? [Int] == [Int](repeating: 100, count: 10))
    }
  }

  @Test("The data that come with the program are the published ones", arguments: [nil, 2])
  func verifiesEmbedded(ranks: Int?) async throws {
    try await withTemporaryDirectory { data in
      let result = try await holdfast("data", "verify", "mnist-5k", "--json", ranks: ranks, data: data)

      #expect(result.exitCode == 0)
      #expect(try result.json()["isIntact"] as? Bool == true)
      #expect(try (result.json()["files"] as? [Any])?.count == 4)
    }
  }

  @Test(
    "A file that is not the published one is named, and the exit code says bad data", arguments: [nil, 2])
  func differs(ranks: Int?) async throws {
    try await withTemporaryDirectory { data in
      let folder = data.appendingPathComponent("own")
      try DigitFiles.write(to: folder)

      let text = try await holdfast(
        "data", "verify", "mnist", "--data-path", folder.path, ranks: ranks, data: data)
      #expect(text.exitCode == 65)
      #expect(text.standardOutput.contains("\(folder.path)/train-images-idx3-ubyte: NOT the published file"))

      let json = try await holdfast(
        "data", "verify", "mnist", "--data-path", folder.path, "--json", ranks: ranks, data: data)
      #expect(json.exitCode == 65)
      #expect(try json.json()["isIntact"] as? Bool == false)
      let files = try #require(try json.json()["files"] as? [[String: Any]])
      #expect(files.map { $0["verdict"] as? String } == [String](repeating: "differs", count: 4))
    }
  }

  @Test("Own data are found below $HOLDFAST_DATA and described with a warning")
  func describesOwn() async throws {
    try await withTemporaryDirectory { data in
      try DigitFiles.write(to: data.appendingPathComponent("mnist"))

      let result = try await holdfast("data", "describe", "mnist", data: data)

      #expect(result.exitCode == 0)
      #expect(result.standardOutput.contains("train: 20 images of 1x4x5"))
      #expect(
        result.standardOutput.contains("warning: \(data.path)/mnist/train-images-idx3-ubyte is not the"))
    }
  }

  @Test("A damaged file is refused by name", arguments: ["describe", "verify"])
  func damaged(command: String) async throws {
    try await withTemporaryDirectory { data in
      let folder = data.appendingPathComponent("mnist")
      try DigitFiles.write(to: folder)
      let path = folder.appendingPathComponent("t10k-labels-idx1-ubyte")
      try Data(contentsOf: path).dropLast(3).write(to: path)

      let result = try await holdfast("data", command, "mnist", data: data)

      #expect(result.exitCode == 65 && result.standardOutput.isEmpty)
      #expect(result.messages.count == 1 && result.standardError.contains(path.path))
    }
  }

  @Test("Data that are nowhere are missing input, and the message says how to get them", arguments: [nil, 2])
  func missing(ranks: Int?) async throws {
    try await withTemporaryDirectory { data in
      for command in ["describe", "verify"] {
        let result = try await holdfast("data", command, "mnist", "--json", ranks: ranks, data: data)

        #expect(result.exitCode == 66 && result.standardOutput.isEmpty)
        #expect(result.messages.count == 1)
        #expect(result.messages[0].contains("holdfast data fetch mnist"))
        #expect(result.messages[0].contains("\(data.path)/mnist"))
      }
    }
  }

  @Test("An unknown name is a usage error that lists the names", arguments: ["fetch", "describe", "verify"])
  func unknownName(command: String) async throws {
    try await withTemporaryDirectory { data in
      let result = try await holdfast("data", command, "mnst", data: data)

      #expect(result.exitCode == 64 && result.standardOutput.isEmpty)
      #expect(result.messages.count == 1 && result.standardError.contains("'mnst'"))
      #expect(result.standardError.contains("mnist-5k, mnist, fashion-mnist, cifar10, cifar100, synthetic"))
    }
  }
}
