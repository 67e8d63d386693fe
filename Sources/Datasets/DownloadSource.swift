/// A file to download: its name, where from, and what it has to be.
package struct DownloadSource: Sendable {
  /// The name of the file, as on the server.
  package let name: String
  /// The folders that have it, as URLs, in the order they are tried.
  package let mirrors: [String]
  /// The SHA-256 of the contents after decompression, or of the file itself.
  package let checksum: Checksum

  /// What a checksum is taken over.
  package enum Checksum: Sendable {
    case contents(String)
    case file(String)
  }

  package init(name: String, mirrors: [String], checksum: Checksum) {
    self.name = name
    self.mirrors = mirrors
    self.checksum = checksum
  }

  func url(at mirror: String) -> String { joined(mirror, name) }
}

extension DatasetName {
  /// What has to be downloaded; nothing for data that come with the program or are generated.
  package var downloads: [DownloadSource] {
    switch self {
    case .mnist5k, .synthetic: return []
    case .mnist:
      return idxDownloads(mirrors: [
        "https://storage.googleapis.com/cvdf-datasets/mnist",
        "https://ossci-datasets.s3.amazonaws.com/mnist",
      ])
    case .fashionMNIST:
      // The publisher's own server, the last, speaks no HTTPS; the checksum vouches for what it sends.
      return idxDownloads(mirrors: [
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
      ])
    case .cifar10:
      return [
        DownloadSource(
          name: "cifar-10-binary.tar.gz", mirrors: ["https://www.cs.toronto.edu/~kriz"],
          checksum: .file("c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"))
      ]
    case .cifar100:
      return [
        DownloadSource(
          name: "cifar-100-binary.tar.gz", mirrors: ["https://www.cs.toronto.edu/~kriz"],
          checksum: .file("58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"))
      ]
    }
  }

  private func idxDownloads(mirrors: [String]) -> [DownloadSource] {
    knownFiles.compactMap { file in
      let checksum: DownloadSource.Checksum
      if let sha256 = file.sha256 {
        checksum = .contents(sha256)
      } else if let archive = file.archiveSHA256 {
        checksum = .file(archive)
      } else {
        return nil
      }
      return DownloadSource(name: "\(file.name).gz", mirrors: mirrors, checksum: checksum)
    }
  }
}
