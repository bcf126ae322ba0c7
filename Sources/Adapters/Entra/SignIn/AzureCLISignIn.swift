import Foundation
import Keyturn
import Subprocess
import SystemPackage

/// Signs in as whoever is signed in to Azure CLI.
///
/// Source: Azure CLI, `az account get-access-token`.
struct AzureCLISignIn: Sendable {
  /// When the program is given up, in seconds.
  private static let patience: TimeInterval = 30

  let world: SignInWorld
  let tenant: SignInTenant

  /// A token, from the program's own cache or from Microsoft.
  func token() async throws(GraphSignInFailure) -> GrantedToken {
    let ended: Ended
    do {
      ended = try await run()
    } catch let failure as GraphSignInFailure {
      throw failure
    } catch {
      throw GraphSignInFailure(
        "the program az can't be run", remedy: "install Azure CLI, or choose another sign_in")
    }
    guard ended.hasSucceeded else { throw refusal(ended.errors) }
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(ended.output.utf8)),
      !answer.accessToken.isEmpty,
      answer.accessToken.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw GraphSignInFailure(
        "az printed something else than a token",
        remedy: "run it by hand as the same user: \(words.joined(separator: " ")) --query expiresOn"
      )
    }
    return GrantedToken(
      token: AccessToken(SecretValue(answer.accessToken)),
      expiresAt: answer.end ?? world.context.now())
  }

  private var words: [String] {
    [
      "az", "account", "get-access-token", "--output", "json", "--resource", tenant.resource,
      "--tenant", tenant.directory,
    ]
  }

  // MARK: - Running it

  private struct Ended: Sendable {
    var hasSucceeded: Bool
    var output: String
    var errors: String
  }

  private func run() async throws -> Ended {
    try await withThrowingTaskGroup(of: Ended.self) { group in
      group.addTask { try await start() }
      group.addTask {
        try await world.context.sleep(Self.patience)
        throw GraphSignInFailure(
          .later(retryAfter: nil), "az did not answer within \(Int(Self.patience)) seconds",
          remedy: "run it by hand as the same user: az account show")
      }
      defer { group.cancelAll() }
      return try await group.next() ?? Ended(hasSucceeded: false, output: "", errors: "")
    }
  }

  private func start() async throws -> Ended {
    var variables: [Environment.Key: String] = [:]
    for (name, value) in world.environment {
      if let key = Environment.Key(rawValue: name) { variables[key] = value }
    }
    variables["AZURE_CORE_NO_COLOR"] = "true"
    var options = PlatformOptions()
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
    let result = try await Subprocess.run(
      .name("az"), arguments: .init(Array(words.dropFirst())), environment: .custom(variables),
      // Where nobody but root can have left a file that Python would load.
      workingDirectory: "/", platformOptions: options, input: .none,
      output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
    return Ended(
      hasSucceeded: result.terminationStatus == .exited(0), output: result.standardOutput,
      errors: result.standardError)
  }

  // MARK: - What it says

  private func refusal(_ errors: String) -> GraphSignInFailure {
    let login = "az login --tenant \(tenant.directory) --allow-no-subscriptions"
    if errors.contains("az login") {
      return GraphSignInFailure(
        "nobody is signed in to Azure CLI, or not to this tenant: \(Self.shown(errors))",
        remedy: "as the user that runs keyturn: \(login)")
    }
    return GraphSignInFailure(
      "az failed: \(Self.shown(errors))", remedy: "run it by hand as the same user: \(login)")
  }

  /// The program's complaint without anything that may be a token.
  private static func shown(_ text: String) -> String {
    text.replacing(/ey[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)*/, with: "•••")
      .replacing(/("?access_?token"?\s*[:=]\s*)\S+/.ignoresCase()) { "\($0.output.1)•••" }
      .split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }.joined(separator: " ").shown(upTo: 300)
  }

  private struct Answer: Decodable {
    var accessToken: String
    /// Seconds since 1970; absent before Azure CLI 2.54.
    var expires: LenientInteger?
    /// Local time of this machine, without its zone.
    var expiresLocally: String?

    private enum CodingKeys: String, CodingKey {
      case accessToken
      case expires = "expires_on"
      case expiresLocally = "expiresOn"
    }

    var end: Date? {
      if let seconds = expires?.value { return Date(timeIntervalSince1970: TimeInterval(seconds)) }
      let formatter = DateFormatter()
      formatter.locale = Locale(identifier: "en_US_POSIX")
      formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
      return expiresLocally.flatMap { formatter.date(from: String($0.prefix(19))) }
    }
  }
}
