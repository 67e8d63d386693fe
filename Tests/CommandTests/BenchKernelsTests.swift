import Foundation
import TestSupport
import Testing

@Suite("holdfast bench kernels")
struct BenchKernelsTests {
  @Test("It prints one object with every implementation of every layer", arguments: [nil, 2])
  func object(ranks: Int?) async throws {
    try await withTemporaryDirectory { data in
      let result = try await holdfast(
        "bench", "kernels", "--model", "lenet", "--microbatch", "2", "--rounds", "1", "--json", ranks: ranks,
        data: data)

      #expect(result.exitCode == 0)
      let object = try result.json()
      for key in ["instruction_set", "onednn", "microbatch", "rounds", "peak_gflops", "probes"] {
        #expect(object[key] != nil, "\(key)")
      }
      #expect(object["microbatch"] as? Int == 2)
      let probes = try #require(object["probes"] as? [[String: Any]])
      #expect(
        probes.count == 2 && probes.allSatisfy { $0["one_thread_gflops"] is Double && $0["cores"] is String })
      let shapes = try #require(object["shapes"] as? [[String: Any]])
      #expect(
        shapes.map { $0["shape"] as? String }
          == ["1x28x28-10k5s1p0m2", "10x12x12-20k5s1p0m2", "20x4x4-50r", "50-10"])
      #expect(shapes[0]["layers"] as? [String] == ["lenet conv1 on 1x28x28"])
      for shape in shapes {
        let candidates = try #require(shape["candidates"] as? [[String: Any]])
        for pass in ["forward", "input_gradient", "weight_gradient"] {
          let ofPass = candidates.filter { $0["pass"] as? String == pass }
          #expect(ofPass.count { $0["chosen"] as? Bool == true } == 1, "\(pass)")
          for key in ["name", "median_us", "min_us", "gflops", "share_of_peak"] {
            #expect(ofPass.allSatisfy { $0[key] != nil }, "\(key)")
          }
        }
      }
    }
  }

  @Test("Text marks what training takes")
  func text() async throws {
    try await withTemporaryDirectory { data in
      let result = try await holdfast(
        "bench", "kernels", "--model", "linear-binary", "--rounds", "1", data: data)

      #expect(result.exitCode == 0)
      let chosen = result.standardOutput.split(separator: "\n").filter { $0.contains(" * ") }
      #expect(chosen.count == 3 && chosen.allSatisfy { $0.contains("GFLOP/s") })
    }
  }

  @Test("Tuning writes the lines it measured and keeps the others")
  func tuning() async throws {
    try await withTemporaryDirectory { data in
      let file = data.appendingPathComponent("Table.swift")
      let former = { (line: String) in "\(line) 784-1 layer=library:former weights=library" }
      let others = ["avx2 2", "portable 1"].map(former)
      let lines = others + ["portable 2", "portable 3"].map(former)
      let text = "let table = \"\"\"\n\(lines.joined(separator: "\n"))\n\"\"\"\n"
      try Data(text.utf8).write(to: file)

      let result = try await runHoldfast(
        ["bench", "kernels", "--model", "linear-binary", "--rounds", "2"]
          + ["--tune", "--output", file.path, "--json"],
        data: data, environment: ["HOLDFAST_INSTRUCTION_SET": "portable"])

      #expect(result.exitCode == 0)
      let object = try result.json()
      #expect(object["table"] as? String == file.path)
      let version = try #require((object["onednn"] as? String)?.first)
      let found = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
        line.split(separator: " ").joined(separator: " ")
      }
      #expect(others.allSatisfy(found.contains))
      let written = found.filter { $0.hasPrefix("portable \(version) 784-1 ") }
      #expect(written.count == 1 && !written[0].contains("former"))
      #expect(found.count { $0.contains("former") } == 3)
    }
  }

  @Test(
    "Impossible wishes are errors in words",
    arguments: [
      (["--model", "alexnet"], 64, "alexnet"), (["--rounds", "0"], 64, "--rounds"),
      (["--microbatch", "0"], 64, "--microbatch"), (["--output", "x"], 64, "--tune"),
      (["--model", "linear-binary", "--tune"], 64, "--output"),
      (["--model", "linear-binary", "--tune", "--output", "damaged"], 65, "damaged"),
    ])
  func impossible(options: [String], code: Int32, word: String) async throws {
    try await withTemporaryDirectory { data in
      try Data("no table".utf8).write(to: data.appendingPathComponent("damaged"))

      let result = try await runHoldfast(["bench", "kernels"] + options, data: data, directory: data)

      #expect(result.exitCode == code && result.standardError.contains(word))
    }
  }
}
