import Hummingbird

/// `POST /_sandbox/clock`: one of the two.
struct ClockChange: Decodable, Sendable {
  var advanceSeconds: Double?
  var set: String?
}

/// The tenant's time after a change.
struct ClockReading: ResponseEncodable, Sendable {
  var now: String
}

/// `POST /_sandbox/applications/{appId}/secrets`.
struct NewSecret: Decodable, Sendable {
  var displayName: String?
  var days: Int?
}

/// A secret as the portal shows it once.
struct CreatedSecret: ResponseEncodable, Sendable {
  var keyId: String
  var value: String
  var hint: String
  var expiresAt: String
}

/// Why the control interface does not do what was asked.
struct ControlProblem: Encodable, Sendable {
  var error: String
}
