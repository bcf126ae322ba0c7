import Foundation

/// Comparing a record with what Microsoft Graph shows.
extension RotationEngine {
  /// Reads the application, brings the record's lifetimes up to date, and says what else is there.
  ///
  /// Returns: the record, and findings about secrets that are in none of its slots.
  /// Throws: ``DirectoryFailure`` where it can't be read; ``KeyturnError``.
  func observe(_ connection: Connection, _ record: ConsumerRecord) async throws
    -> (record: ConsumerRecord, findings: [Finding])
  {
    let caller = caller(connection, record)
    var application = try await patientRead(caller)
    var next = record.observing(application)
    if next.isMissingSomething(in: application) {
      // One read may be old: what is missing has to be missing in all of them.
      application = try await stableRead.application(caller)
      next = record.observing(application)
      next.rememberMissing(in: application, at: context.now())
    }
    let findings =
      Judgement.corrections(from: record, connection, next)
      + Judgement.findings(about: application, connection, next)
    guard next != record else { return (record, findings) }
    let seen = try await commit(next, connection, "secret.observed", Self.detail(record, next))
    return (seen, findings)
  }

  /// One read, waited for as long as a service that is busy asks.
  func patientRead(_ caller: DirectoryCaller) async throws -> DirectoryApplication {
    for setback in 0..<3 {
      do throws(DirectoryFailure) {
        return try await directory.application(caller)
      } catch {
        guard case .later = error.verdict,
          let wait = error.wait(after: setback, jitter: context.fraction())
        else { throw error }
        try await context.sleep(wait)
      }
    }
    return try await directory.application(caller)
  }

  /// The credential behind the sign-in for a connection; nil where there is none, or nobody can say.
  func ownCredential(for connection: Connection) async -> OwnCredential? {
    let record = try? await record(of: connection)
    let caller = DirectoryCaller(connection, secret: record?.current?.value)
    return (try? await directory.ownCredential(caller)) ?? nil
  }

  private static func detail(_ old: ConsumerRecord, _ new: ConsumerRecord) -> String {
    let isLost = [(old.current, new.current), (old.pending, new.pending)].contains {
      $0?.failure?.kind != .missing && $1?.failure?.kind == .missing
    }
    guard let current = new.current, !isLost else { return "a secret is missing in the directory" }
    return "secret \(current.designation), expires \(Timestamp.format(current.expiresAt))"
  }
}

extension ConsumerRecord {
  /// The record with the ids and dates that Graph shows for its secrets.
  func observing(_ application: DirectoryApplication) -> ConsumerRecord {
    var next = self
    for slot in [\ConsumerRecord.current, \.previous, \.pending] {
      guard let secret = next[keyPath: slot] else { continue }
      guard let password = Self.match(secret, slots, in: application) else {
        let shown = secret.keyID.flatMap { application[$0] }
        if shown?.begins(like: secret.hint) == false { next[keyPath: slot]?.keyID = nil }
        continue
      }
      next[keyPath: slot]?.keyID = password.keyID
      next[keyPath: slot]?.startsAt = password.startsAt ?? secret.startsAt
      guard let end = password.expiresAt else { continue }
      next[keyPath: slot]?.expiresAt = end
      next[keyPath: slot]?.source = .graph
    }
    return next
  }

  /// What Graph shows for a secret; by its first characters only where they leave no doubt.
  ///
  /// So it is found too where a key id was given that is another secret's, or nobody's.
  private static func match(
    _ secret: ClientSecret, _ slots: [ClientSecret], in application: DirectoryApplication
  ) -> DirectoryPassword? {
    if let shown = secret.keyID.flatMap({ application[$0] }) {
      if shown.begins(like: secret.hint) != false { return shown }
    } else if secret.isIdentified {
      return nil
    }
    guard let hint = secret.hint, slots.count(where: { $0.hint == hint }) == 1 else { return nil }
    let alike = application.passwords.filter { $0.hint == hint }
    return alike.count == 1 ? alike[0] : nil
  }

  fileprivate func isMissingSomething(in application: DirectoryApplication) -> Bool {
    [current, pending].contains { isMissing($0, in: application) }
  }

  private func isMissing(_ secret: ClientSecret?, in application: DirectoryApplication) -> Bool {
    guard let secret, let keyID = secret.keyID else { return false }
    return secret.failure?.kind != .missing && application[keyID] == nil
  }

  fileprivate mutating func rememberMissing(in application: DirectoryApplication, at now: Date) {
    if isMissing(current, in: application) { current?.failure = .missing(at: now) }
    if isMissing(pending, in: application) { pending?.failure = .missing(at: now) }
  }
}

extension Judgement {
  /// What an application's other secrets are worth; they are shown, and never touched.
  static func findings(
    about application: DirectoryApplication, _ connection: Connection, _ record: ConsumerRecord
  ) -> [Finding] {
    application.passwords.filter { !record.holds($0) }
      .map { finding(about: $0, connection, record) }
  }

  /// What is said of key ids that turned out to be those of other secrets.
  fileprivate static func corrections(
    from old: ConsumerRecord, _ connection: Connection, _ new: ConsumerRecord
  ) -> [Finding] {
    [\ConsumerRecord.current, \.previous, \.pending].compactMap { slot in
      guard let given = old[keyPath: slot]?.keyID, let secret = new[keyPath: slot],
        secret.keyID != given
      else { return nil }
      let found = secret.keyID.map { ": it is \($0)" } ?? "; its own is not known"
      return Finding(
        connection: connection.name, application: connection.clientID, keyID: given,
        code: .drifted, severity: .warning,
        message: "the key id \(given) was recorded for a secret that it does not belong to\(found)",
        remedy: secret.keyID == nil
          ? "look in the portal which secret begins with \(secret.hint?.shown() ?? ""): keyturn can't"
            + " remove it once it is replaced"
          : "nothing has to be done: the record is corrected",
        expiresAt: secret.expiresAt)
    }
  }

  private static func finding(
    about password: DirectoryPassword, _ connection: Connection, _ record: ConsumerRecord
  ) -> Finding {
    let name = password.displayName.map { " '\($0.shown(upTo: 80))'" } ?? ""
    let (code, severity, message, remedy): (Finding.Code, Severity, String, String)
    if record.leftovers.contains(where: { $0.isShown(as: password) }) {
      (code, severity) = (.leftover, .warning)
      message = "the superseded secret \(password.keyID)\(name) is still to be removed"
      remedy = "keyturn check removes it; or delete it in the portal"
    } else if let marker = password.marker, record.attempts.contains(where: { $0.marker == marker })
    {
      (code, severity) = (.orphan, .warning)
      message = "the secret \(password.keyID)\(name) was made by an attempt that did not keep it"
      // A person may still have the value of what they made for a rotation that they have begun.
      let isAwaited =
        record.rotation?.step == .begun && record.rotation?.mode == .guided
        && record.attempts.last?.marker == marker
      remedy =
        isAwaited
        ? "give its value to keyturn rotate \(connection.name); or remove it: keyturn abandon"
          + " \(connection.name)"
        : "keyturn check removes it"
    } else if let marker = password.marker, Marker.belongs(marker, to: record.storeID) {
      (code, severity) = (.orphan, .warning)
      message = "the secret \(password.keyID)\(name) is ours, but the record does not know it"
      remedy =
        "an older database was restored, perhaps: where it is in use, enter the current one first"
        + " (keyturn show \(connection.name) --field consumer-secret), then delete it in the portal;"
        + " keyturn leaves it alone"
    } else {
      (code, severity) = (.foreign, .ok)
      message = "the application has another secret, \(password.keyID)\(name)"
      remedy = "if nobody uses it, delete it in the portal; keyturn leaves it alone"
    }
    return Finding(
      connection: connection.name, application: connection.clientID, keyID: password.keyID,
      code: code, severity: severity, message: message, remedy: remedy,
      expiresAt: password.expiresAt)
  }
}

extension RotationEngine {
  /// On whose behalf all applications of a tenant may be read: of each connection whose secret is known,
  /// or where keyturn signs in as something of its own, of that.
  public func callers(
    in tenant: AuthorizationServer, of connections: [Connection]
  ) async -> [DirectoryCaller] {
    guard tenant.graph?.signIn == .connection else {
      return [DirectoryCaller(Connection(standingFor: tenant), secret: nil)]
    }
    var callers: [DirectoryCaller] = []
    for connection in connections where connection.server.name == tenant.name {
      // A record that can't be opened is told of by the connection's own night.
      guard let record = try? await record(of: connection), let secret = record.current?.value
      else { continue }
      callers.append(DirectoryCaller(connection, secret: secret))
    }
    return callers
  }
}

extension Connection {
  /// What stands where a connection is needed and the tenant itself is meant.
  init(standingFor tenant: AuthorizationServer) {
    let clientID =
      switch tenant.graph?.signIn {
      case .certificate(let clientID, _), .clientSecret(let clientID, _): clientID
      case .managedIdentity(let clientID), .workloadIdentity(let clientID, _): clientID ?? ""
      case .deviceCode(let clientID): clientID
      case .connection, .azureCLI, nil: ""
      }
    self.init(
      name: tenant.name, server: tenant, clientID: clientID, environment: nil, scope: "",
      secretName: "", consumers: [], owner: nil, policy: Policy())
  }
}
