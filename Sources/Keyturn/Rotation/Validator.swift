import Foundation

/// Proves secrets by real calls, and tells of its progress while it waits.
public struct Validator: Sendable {
  /// What a proof learned.
  public struct Proof: Sendable, Equatable {
    public var at: Date
    /// Seconds from the first call to the last one that was needed.
    public var took: TimeInterval
    public var calls: Int
    /// Who the environment says we are; nil for a connection without one.
    public var identity: ResourceIdentity?
  }

  /// Where a proof stands, for the line that people watch.
  public struct Progress: Sendable, Equatable {
    public var purpose: Settling.Purpose
    public var successes: Int
    public var required: Int
    /// Seconds until the next call.
    public var nextCall: TimeInterval
    /// Seconds until the proof is given up.
    public var remaining: TimeInterval
    /// What the last call said, if it was not the wanted answer.
    public var obstacle: String?
  }

  private let context: Context
  private let tokens: any TokenService
  private let resource: any Resource
  public let settings: ValidationSettings

  /// A validator that calls these services.
  public init(
    context: Context, tokens: any TokenService, resource: any Resource,
    settings: ValidationSettings
  ) {
    self.context = context
    self.tokens = tokens
    self.resource = resource
    self.settings = settings
  }

  /// Proves that a secret is accepted, and that it opens the connection's environment.
  ///
  /// Throws: ``CallFailure`` when it is not; `CancellationError`.
  public func prove(
    _ secret: SecretValue, for connection: Connection, as purpose: Settling.Purpose,
    progress: @Sendable (Progress) -> Void = { _ in }
  ) async throws -> Proof {
    let startedAt = context.now()
    let (calls, token) = try await settle(
      secret, for: connection, as: purpose, startedAt: startedAt, progress: progress)
    var identity: ResourceIdentity?
    if let environment = connection.environment, let token {
      identity = try await ask(
        environment, with: token, settledAt: context.now(), progress: progress)
    }
    let now = context.now()
    return Proof(at: now, took: now.timeIntervalSince(startedAt), calls: calls, identity: identity)
  }

  /// Proves that a secret is refused for good.
  ///
  /// Throws: ``CallFailure`` when it is not; `CancellationError`.
  public func proveRefused(
    _ secret: SecretValue, for connection: Connection,
    progress: @Sendable (Progress) -> Void = { _ in }
  ) async throws {
    _ = try await settle(
      secret, for: connection, as: .removal, startedAt: context.now(), progress: progress)
  }

  /// Whether one call refuses the secret; a cheap look before the proof.
  public func isRefused(_ secret: SecretValue, for connection: Connection) async -> Bool {
    switch await tokens.requestToken(for: connection, secret: secret) {
    case .granted: false
    case .failed(let failure): failure.refusesTheValue
    }
  }

  private func settle(
    _ secret: SecretValue, for connection: Connection, as purpose: Settling.Purpose,
    startedAt: Date, progress: @Sendable (Progress) -> Void
  ) async throws -> (calls: Int, token: AccessToken?) {
    var settling = Settling(purpose, settings: settings, startedAt: startedAt)
    var calls = 0
    while true {
      calls += 1
      let outcome = await tokens.requestToken(for: connection, secret: secret)
      let (failure, token): (CallFailure?, AccessToken?) =
        switch outcome {
        case .granted(let token): (nil, token)
        case .failed(let failure): (failure, nil)
        }
      let now = context.now()
      let next = settling.observe(failure, at: now, jitter: context.fraction())
      if case .disproven(let reason) = next { throw reason }
      var seconds = 0.0
      if case .wait(let delay) = next { seconds = delay }
      progress(
        Progress(
          purpose: purpose, successes: settling.successes, required: settling.required,
          nextCall: seconds, remaining: settling.remaining(at: now),
          obstacle: purpose == .removal && failure == nil
            ? "the secret is still accepted" : failure?.message))
      if next == .proven { return (calls, token) }
      try await context.sleep(seconds)
    }
  }

  /// Asks until the environment answers, for as long as a new secret may take.
  private func ask(
    _ environment: URL, with token: AccessToken, settledAt: Date,
    progress: @Sendable (Progress) -> Void
  ) async throws -> ResourceIdentity {
    var settling = Settling(.standingSecret, settings: settings, startedAt: settledAt)
    while true {
      do {
        return try await resource.whoAmI(environment: environment, token: token)
      } catch {
        let now = context.now()
        switch settling.observe(error, at: now, jitter: context.fraction()) {
        case .wait(let seconds):
          progress(
            Progress(
              purpose: .standingSecret, successes: 0, required: 1, nextCall: seconds,
              remaining: settling.remaining(at: now), obstacle: error.message))
          try await context.sleep(seconds)
        case .proven, .disproven:
          throw error
        }
      }
    }
  }
}
