import Foundation

extension Tenant {
  /// Makes a secret, by the rules that hold for the portal and for Graph alike.
  mutating func addSecret(
    at position: Int, displayName: String?, startsAt: Date, expiresAt: Date
  ) throws(SecretRefusal) -> IssuedSecret {
    try checkAddition(
      to: applications[position], lifetime: expiresAt.timeIntervalSince(startsAt))
    let secret = IssuedSecret(
      keyID: random.guid(), displayName: displayName, value: random.secretValue(),
      startsAt: startsAt, expiresAt: expiresAt, issuedAt: now,
      arrival: spread(token: replication.tokenAddition), departure: .settled)
    takeBackLastChange(at: position)
    applications[position].history.append(secret)
    applications[position].lastChange = (.addition(keyID: secret.keyID), now)
    recordChange(at: position, ofCredentials: true)
    return secret
  }

  /// Removes a secret from the directory; the replicas follow.
  mutating func removeSecret(at position: Int, keyID: String) throws(SecretRefusal) {
    let found = applications[position].history.firstIndex {
      $0.keyID == keyID.lowercased() && $0.removedAt == nil
    }
    guard let found else { throw .unknownSecret }
    takeBackLastChange(at: position)
    applications[position].history[found].removedAt = now
    applications[position].history[found].departure = spread(token: replication.tokenRemoval)
    applications[position].lastChange = (.removal(keyID: keyID.lowercased()), now)
    recordChange(at: position, ofCredentials: true)
  }

  /// The secrets of an application as one replica of Graph shows them now.
  mutating func secretsShownByGraph(at position: Int) -> [IssuedSecret] {
    let replica = Int.random(in: 0..<replication.graphReplicas, using: &random)
    let staleness =
      faults.flapping
      ? random.seconds(in: 0...(faults.readStaleness > 0 ? faults.readStaleness : 30))
      : faults.readStaleness
    let moment = now.addingTimeInterval(-staleness)
    return applications[position].history.filter {
      $0.isShown(byGraphReplica: replica, at: moment)
    }
  }

  private func checkAddition(
    to application: RegisteredApplication, lifetime: TimeInterval
  ) throws(SecretRefusal) {
    guard lifetime > 0 else { throw .endsBeforeItStarts }
    try policy(for: application).check(lifetime: lifetime, of: application)
    if let limit = application.signInAudience.secretLimit, application.secrets.count >= limit {
      throw .tooManySecrets(limit: limit)
    }
    guard !faults.objectTooLarge else { throw .objectTooLarge }
  }

  /// Undoes the change before this one where a lost update is due.
  ///
  /// It is what happens when a write is computed from a copy that does not yet hold the change
  /// before: the whole collection is written back without it. No copy is older than
  /// ``oldestCopy``.
  private mutating func takeBackLastChange(at position: Int) {
    guard faults.lostUpdates > 0, let (change, moment) = applications[position].lastChange,
      now.timeIntervalSince(moment) <= Self.oldestCopy
    else { return }
    faults.lostUpdates -= 1
    switch change {
    case .addition(let keyID): setRemoval(of: keyID, at: position, to: now)
    case .removal(let keyID): setRemoval(of: keyID, at: position, to: nil)
    }
  }

  /// Seconds after which every copy of an application holds a change.
  private static var oldestCopy: Double { 600 }

  private mutating func setRemoval(of keyID: String, at position: Int, to moment: Date?) {
    let found = applications[position].history.firstIndex { $0.keyID == keyID }
    guard let found else { return }
    applications[position].history[found].removedAt = moment
  }

  private mutating func spread(token range: ClosedRange<Double>) -> Spread {
    var spread = Spread()
    for _ in 0..<replication.tokenReplicas { spread.token.append(random.seconds(in: range)) }
    for _ in 0..<replication.graphReplicas {
      spread.graph.append(random.seconds(in: replication.graphLag))
    }
    return spread
  }
}
