import Foundation

/// What a finding is about, for as long as it lasts: two nights that find the same thing agree on it.
public struct FindingKey: Sendable, Hashable {
  /// The connection; empty for the installation as a whole.
  public var connection: String
  /// What kind of thing; an end that comes near and one that has passed are the same.
  public var topic: String
  /// The key id, the route, or tenant and application, where there may be several; else empty.
  public var subject: String

  /// A key as it was read from the ledger.
  public init(connection: String, topic: String, subject: String) {
    self.connection = connection
    self.topic = topic
    self.subject = subject
  }
}

extension Finding {
  /// What it is about.
  public var key: FindingKey {
    FindingKey(
      connection: connection, code: code, keyID: keyID, route: route, tenant: tenant,
      application: application)
  }

  /// How far it has come: another word means that people are told again.
  ///
  /// What has an end passes one threshold after the other; anything else can only get worse.
  public func stage(_ policy: Policy?, at now: Date) -> String {
    guard code.hasThresholds, let end = expiresAt else { return severity.rawValue }
    let policy = policy ?? Policy()
    let crossed = (policy.warnBefore + [policy.criticalBefore])
      .filter { end.subtracting($0) <= now }
      .min { $0.approximateSeconds < $1.approximateSeconds }
    return [
      code.rawValue, Timestamp.day(end), crossed?.description ?? "early", severity.rawValue,
    ].joined(separator: " ")
  }
}

extension Message.Line {
  /// What it is about.
  public var key: FindingKey {
    FindingKey(
      connection: connection, code: code, keyID: keyID, route: failingRoute, tenant: tenant,
      application: application)
  }
}

extension FindingKey {
  fileprivate init(
    connection: String?, code: Finding.Code, keyID: String?, route: String?, tenant: String?,
    application: String?
  ) {
    self.connection = connection ?? ""
    topic = code.topic
    if connection == nil, let tenant {
      subject = "\(tenant)/\(application ?? "")"
      return
    }
    subject = route ?? (code.isAboutOneOfSeveral ? keyID ?? "" : "")
  }
}

extension Finding.Code {
  /// Codes that follow one another about the same thing share a topic.
  fileprivate var topic: String {
    switch self {
    case .expiring, .expired: "end"
    case .certificateExpiring, .certificateExpired: "certificate end"
    case .refused, .drifted, .validationFailed: "validation"
    default: rawValue
    }
  }

  /// Whether a connection may have several of these at once, told apart by their key ids.
  ///
  /// Elsewhere the key id says nothing: a night may learn it while the thing itself stays the same.
  fileprivate var isAboutOneOfSeveral: Bool {
    [.orphan, .foreign, .leftover].contains(self)
  }

  /// Whether the thresholds of the policy count for it.
  var hasThresholds: Bool {
    [.expiring, .expired, .certificateExpiring, .certificateExpired, .handOverOpen].contains(self)
  }
}
