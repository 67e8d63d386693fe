import MessagePassing

/// Runs a scenario of training methods and prints what came out, one `NAME VALUE` a line.
///
/// Usage: MethodFixture weight-perturbation | free | rejected-replays | clipping | rollback | augmentation |
/// export METHOD linf|l2 FOLDER
@main
struct MethodFixture {
  static func main() {
    withMPI(exitCode: { _ in 70 }) { world in
      let arguments = CommandLine.arguments
      let found: [(String, Double)]
      switch arguments[1] {
      case "weight-perturbation": found = try perturbWeights(on: world)
      case "free": found = try replayBatches(on: world)
      case "rejected-replays": found = try rejectReplays(on: world)
      case "clipping": found = try clipGradients(on: world)
      case "rollback": found = try rollBack(on: world)
      case "augmentation": found = try augment(on: world)
      default: found = try export(arguments[2], norm: arguments[3], to: arguments[4], on: world)
      }
      if world.isRoot {
        for (name, value) in found { print(name, value) }
      }
      return 0
    }
  }
}
