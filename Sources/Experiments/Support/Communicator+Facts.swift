import Foundation
import MessagePassing

extension Communicator {
  /// The facts of all ranks, on all ranks, in their order.
  func allGather<Facts: Codable>(encoding facts: Facts) throws -> [Facts] {
    try allGather(String(decoding: JSONEncoder().encode(facts), as: UTF8.self)).map {
      try JSONDecoder().decode(Facts.self, from: Data($0.utf8))
    }
  }
}
