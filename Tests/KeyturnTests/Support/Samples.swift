import Foundation
import Keyturn
import Testing

extension Connection {
  static let client = "46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b"

  /// A connection to a Dynamics 365 environment, used by a portal.
  static func sample(
    name: String = "magentrix-d365", clientID: String = client, hasEnvironment: Bool = true,
    consumers: [Consumer] = [.portal], policy: Policy = Policy()
  ) throws -> Connection {
    let endpoint = try #require(URL(string: "https://idp.example.com/oauth2/token"))
    let environment = try #require(URL(string: "https://contoso.crm.dynamics.com"))
    return Connection(
      name: name,
      server: AuthorizationServer(name: "contoso", kind: .standard(tokenEndpoint: endpoint)),
      clientID: clientID, environment: hasEnvironment ? environment : nil,
      scope: "https://contoso.crm.dynamics.com/.default", secretName: "Magentrix D365 Secret",
      consumers: consumers, owner: nil, policy: policy)
  }
}

extension Connection {
  /// Connections that differ in their names alone.
  static func samples(_ count: Int) throws -> [Connection] {
    try (1...count).map { try .sample(name: "connection-\($0)") }
  }
}

extension Consumer {
  static let portal = Consumer(name: "magentrix", kind: .magentrix)
  static let script = Consumer(name: "export script", kind: .manual)
  static let nobody = Consumer(name: "nobody", kind: .none)
}

extension SecretValue {
  static let old = SecretValue("old8Q~the.value.in.use-0123456789abcdef")
  static let new = SecretValue("new8Q~the.next.value-0123456789abcdefgh")
  static let wrong = SecretValue("bad8Q~never.made.anywhere-0123456789abc")
}

extension ClientSecret {
  static let oldKey = "11111111-1111-4111-8111-111111111111"
  static let newKey = "22222222-2222-4222-8222-222222222222"

  /// A secret that ends so many days after the ordinary night.
  static func sample(
    _ value: SecretValue?, keyID: String? = oldKey, endsIn days: Double = 700,
    startsAt: Date? = nil
  ) -> ClientSecret {
    ClientSecret(
      keyID: keyID, startsAt: startsAt, expiresAt: .night(days), source: .recorded, value: value)
  }
}

extension ConsumerRecord {
  /// A record with a current secret that was validated an hour before the ordinary night.
  static func sample(
    value: SecretValue? = .old, endsIn days: Double = 700, clientID: String = Connection.client
  ) -> ConsumerRecord {
    var record = ConsumerRecord(storeID: "5eed0123456789ab", clientID: clientID)
    record.version = 1
    record.current = .sample(value, endsIn: days)
    record.current?.validatedAt = value == nil ? nil : .night(-1 / 24)
    return record
  }

  /// The same record with a rotation at a step, reached so many days after the ordinary night.
  func with(
    _ step: Rotation.Step, since days: Double = 0, open: [String] = [], lastError: String? = nil
  ) -> ConsumerRecord {
    var record = self
    var rotation = Rotation(id: "rotation", mode: .guided, startedAt: .night(days))
    rotation.step = step
    rotation.lastError = lastError
    rotation.handOver = open.map { HandOver(target: $0, secret: "", at: .night(days)) }
    record.rotation = rotation
    return record
  }
}

extension Date {
  /// So many days after the ordinary night.
  static func night(_ days: Double) -> Date {
    SimulatedWorld.night.addingTimeInterval(days * 86_400)
  }
}

/// The error that some work throws; a failed expectation where it throws none.
func error<T>(
  of work: () async throws -> T, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> KeyturnError {
  do {
    _ = try await work()
  } catch let error as KeyturnError {
    return error
  }
  Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  throw CancellationError()
}
