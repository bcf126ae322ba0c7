import Hummingbird
import SimulatedTenant

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

/// `POST /_sandbox/applications`.
struct NewApplication: Decodable, Sendable {
  var displayName: String?
  /// Days until its one secret ends, which lives for 730 days; 23 where it is left out.
  var daysLeft: Int?
}

/// `POST /_sandbox/changes`.
struct ChangesWish: Decodable, Sendable {
  /// How many of all applications, from 0 to 1; 0.001 where it is left out.
  var share: Double?
  /// Decides which, and how; 1 where it is left out.
  var seed: UInt64?
}

/// An application with the only sight of its secret's value.
struct CreatedApplication: ResponseEncodable, Sendable {
  var appId: String
  var objectId: String
  var secret: CreatedSecret
}

/// A secret as the portal shows it once.
struct CreatedSecret: ResponseEncodable, Sendable {
  var keyId: String
  var value: String
  var hint: String
  var expiresAt: String

  init(_ secret: IssuedSecret) {
    keyId = secret.keyID
    value = secret.value
    hint = secret.hint
    expiresAt = WireTime.graph(secret.expiresAt)
  }
}

/// `POST /_sandbox/device-codes`.
struct DeviceCodeAnswer: Decodable, Sendable {
  var userCode: String
  var approve: Bool
}

/// One of `GET /_sandbox/device-codes`.
struct DeviceCodeState: Encodable, Sendable {
  var userCode: String
  var appId: String
  var state: String
  var expiresAt: String

  init(_ authorization: DeviceAuthorization) {
    userCode = authorization.userCode
    appId = authorization.appID
    state = authorization.state.rawValue
    expiresAt = WireTime.graph(authorization.expiresAt)
  }
}

/// Why the control interface does not do what was asked.
struct ControlProblem: Encodable, Sendable {
  var error: String
}
