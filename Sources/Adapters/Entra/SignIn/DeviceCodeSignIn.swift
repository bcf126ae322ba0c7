import Foundation
import Keyturn

/// What an administrator has to do in a browser; its texts are safe to show.
public struct DeviceCodePrompt: Sendable, Equatable {
  /// The page to open.
  public var page: String
  /// What to enter there.
  public var code: String
  /// When the code stops being valid.
  public var expiresAt: Date

  /// A prompt for a page and a code.
  public init(page: String, code: String, expiresAt: Date) {
    self.page = page
    self.code = code
    self.expiresAt = expiresAt
  }
}

/// Signs in as an administrator who enters a code in a browser, on any device.
///
/// Source: RFC 8628; Microsoft, "OAuth 2.0 device authorization grant flow".
struct DeviceCodeSignIn: Sendable {
  /// Seconds between two questions where the server does not say (RFC 8628 section 3.2).
  private static let interval: TimeInterval = 5

  let world: SignInWorld
  let tenant: SignInTenant
  let clientID: String
  /// Shows the page and the code; nil where there is nobody to see them.
  let show: (@Sendable (DeviceCodePrompt) -> Void)?

  /// A token, once the administrator has signed in.
  func token() async throws(GraphSignInFailure) -> GrantedToken {
    guard let show else {
      throw GraphSignInFailure(
        "this needs an administrator at a terminal",
        remedy: "run the command in a terminal, or choose a sign_in that needs nobody")
    }
    let grant = TokenGrant(world, tenant: tenant, clientID: clientID, credential: .deviceCode)
    let challenge = try await challenge(grant)
    show(challenge.prompt)
    return try await poll(grant, challenge)
  }

  private struct Challenge {
    var deviceCode: SecretValue
    var prompt: DeviceCodePrompt
    var interval: TimeInterval
  }

  private func challenge(_ grant: TokenGrant) async throws(GraphSignInFailure) -> Challenge {
    let reading = try await grant.ask(
      tenant.deviceCodeEndpoint, [("client_id", clientID), ("scope", tenant.scope)],
      SecretValue(""))
    guard reading.response.status == 200 else {
      let failure = reading.entraRefusal
      throw GraphSignInFailure(failure)
    }
    guard let answer = try? JSONDecoder().decode(Answer.self, from: reading.response.body),
      let page = URL(string: answer.page), page.scheme == "https"
    else {
      throw GraphSignInFailure(
        "\(reading.host) answered with \(reading.response.bodyKind) in place of a device code",
        remedy: TokenReading.inBetween)
    }
    let lifetime = TimeInterval(answer.expiresIn?.value ?? 900)
    return Challenge(
      deviceCode: SecretValue(answer.deviceCode),
      prompt: DeviceCodePrompt(
        page: answer.page.shown(upTo: 200), code: answer.userCode.shown(upTo: 40),
        expiresAt: world.context.now().addingTimeInterval(lifetime)),
      interval: TimeInterval(answer.interval?.value ?? Int(Self.interval)))
  }

  private func poll(
    _ grant: TokenGrant, _ challenge: Challenge
  ) async throws(GraphSignInFailure) -> GrantedToken {
    var interval = max(1, challenge.interval)
    while true {
      do {
        try await world.context.sleep(interval)
      } catch {
        throw GraphSignInFailure(error)
      }
      let failure: GraphSignInFailure
      do {
        return try await grant.token(deviceCode: challenge.deviceCode)
      } catch {
        failure = error
      }
      switch failure.error {
      case "authorization_pending": break
      case "slow_down": interval += 5
      case "authorization_declined", "access_denied":
        throw GraphSignInFailure(
          "the sign-in was declined in the browser", remedy: "run the command again")
      case "expired_token", "code_expired": throw Self.expired
      default:
        // A passing fault costs nothing but time (RFC 8628 section 3.5).
        guard case .later(let retryAfter) = failure.verdict else { throw failure }
        interval = max(interval * 2, retryAfter ?? 0)
      }
      guard world.context.now() < challenge.prompt.expiresAt else { throw Self.expired }
    }
  }

  private static let expired = GraphSignInFailure(
    "the code expired before anybody entered it", remedy: "run the command again")

  private struct Answer: Decodable {
    var deviceCode: String
    var userCode: String
    var page: String
    var expiresIn: LenientInteger?
    var interval: LenientInteger?

    private enum CodingKeys: String, CodingKey {
      case deviceCode = "device_code"
      case userCode = "user_code"
      case page = "verification_uri"
      case expiresIn = "expires_in"
      case interval
    }
  }
}
