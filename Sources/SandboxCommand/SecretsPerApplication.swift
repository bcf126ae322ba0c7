import ArgumentParser
import SimulatedTenant

/// How many secrets each generated application has, in the words of the option.
struct SecretsPerApplication: ExpressibleByArgument, Sendable {
  private static let most = 1000

  let secrets: ApplicationPopulation.Secrets

  /// None to four.
  static let usual = SecretsPerApplication(secrets: .usual)

  private init(secrets: ApplicationPopulation.Secrets) {
    self.secrets = secrets
  }

  /// Reads a number, a range of two, or `usual`.
  init?(argument: String) {
    let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    switch (ends.count, ends.first ?? nil, ends.last ?? nil) {
    case (1...2, let least?, let most?) where 0 <= least && least <= most && most <= Self.most:
      secrets = .between(least...most)
    default:
      guard argument == "usual" else { return nil }
      secrets = .usual
    }
  }

  var defaultValueDescription: String { "usual" }
}
