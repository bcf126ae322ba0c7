import Foundation
import Keyturn

/// A record as it is written inside the seal; the one place where values become text for storage.
struct RecordDocument: Codable {
  struct Secret: Codable {
    var keyID: String?
    var hint: String?
    var startsAt: Date?
    var expiresAt: Date
    var source: ClientSecret.Source
    var value: String?
    var validatedAt: Date?
    var failure: ValidationFailure?
    var marker: String?

    init(_ secret: ClientSecret) {
      keyID = secret.keyID
      hint = secret.hint
      startsAt = secret.startsAt
      expiresAt = secret.expiresAt
      source = secret.source
      value = secret.value?.reveal()
      validatedAt = secret.validatedAt
      failure = secret.failure
      marker = secret.marker
    }

    var secret: ClientSecret {
      ClientSecret(
        keyID: keyID, hint: hint, startsAt: startsAt, expiresAt: expiresAt, source: source,
        value: value.map { SecretValue($0) }, validatedAt: validatedAt, failure: failure,
        marker: marker)
    }
  }

  struct OpenRotation: Codable {
    var id: String
    var mode: Rotation.Mode
    var step: Rotation.Step
    var startedAt: Date
    var steppedAt: Date
    var lastError: String?
    var obstacle: Finding.Code?
    var handOver: [HandOver]
    var settledAfter: TimeInterval?
    /// Absent in what earlier versions wrote, as are ``RecordDocument/leftovers`` and
    /// ``RecordDocument/unserved``.
    var isCompromised: Bool?

    init(_ rotation: Rotation) {
      id = rotation.id
      mode = rotation.mode
      step = rotation.step
      startedAt = rotation.startedAt
      steppedAt = rotation.steppedAt
      lastError = rotation.lastError
      obstacle = rotation.obstacle
      handOver = rotation.handOver
      settledAfter = rotation.settledAfter
      isCompromised = rotation.isCompromised
    }

    var rotation: Rotation {
      var rotation = Rotation(id: id, mode: mode, startedAt: startedAt)
      rotation.step = step
      rotation.steppedAt = steppedAt
      rotation.lastError = lastError
      rotation.obstacle = obstacle
      rotation.handOver = handOver
      rotation.settledAfter = settledAfter
      rotation.isCompromised = isCompromised ?? false
      return rotation
    }
  }

  var clientID: String
  var current: Secret?
  var previous: Secret?
  var retireAfter: Date?
  var pending: Secret?
  var rotation: OpenRotation?
  var attempts: [Attempt]
  var leftovers: [Leftover]?
  var unserved: [String]?
  var identity: ResourceIdentity?
  /// The audit event that was written with this version: what follows can't be cut off unnoticed.
  var event: EventReference

  /// An event's place and hash.
  struct EventReference: Codable, Equatable {
    var seq: Int
    var hash: String
  }

  init(_ record: ConsumerRecord, event: EventReference) {
    clientID = record.clientID
    current = record.current.map(Secret.init)
    previous = record.previous.map(Secret.init)
    retireAfter = record.retireAfter
    pending = record.pending.map(Secret.init)
    rotation = record.rotation.map(OpenRotation.init)
    attempts = record.attempts
    leftovers = record.leftovers
    unserved = record.unserved
    identity = record.identity
    self.event = event
  }

  func record(version: Int, storeID: String) -> ConsumerRecord {
    var record = ConsumerRecord(storeID: storeID, clientID: clientID)
    record.version = version
    record.current = current?.secret
    record.previous = previous?.secret
    record.retireAfter = retireAfter
    record.pending = pending?.secret
    record.rotation = rotation?.rotation
    record.attempts = attempts
    record.leftovers = leftovers ?? []
    record.unserved = unserved ?? []
    record.identity = identity
    return record
  }
}
