import Foundation
import Keyturn
import NIOHTTP1

/// Prometheus' Alertmanager, which keeps the alerts and decides itself who is told what.
///
/// Source: Alertmanager, API v2, `POST /alerts`.
struct Alertmanager: Sendable {
  let transport: HTTPTransport
  let context: Context
  let url: URL

  /// How many alerts go in one request.
  private static let batch = 1_000

  /// Sends an alert for each line of a message.
  ///
  /// Of very many the first may have been taken where this fails; the same alerts again do no harm.
  /// Returns: how many there were. Throws: ``DeliveryFailure``.
  func send(_ message: Message) async throws(DeliveryFailure) -> String {
    let alerts = Alert.all(of: message)
    var receipt = ""
    for start in stride(from: 0, to: alerts.count, by: Self.batch) {
      receipt = try await send(alerts[start..<min(start + Self.batch, alerts.count)])
    }
    let count = message.lines.count
    return "\(receipt), \(count) \(count == 1 ? "alert" : "alerts")"
  }

  private func send(_ alerts: ArraySlice<Alert>) async throws(DeliveryFailure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let request = HTTPExchangeRequest.post(
      url.appending(path: "api/v2/alerts"),
      // Texts can always be encoded.
      json: (try? encoder.encode(Array(alerts))) ?? Data(), headers: [:])
    let response: HTTPExchangeResponse
    do {
      response = try await transport.send(request)
    } catch {
      throw DeliveryFailure(error)
    }
    let host = (url.host() ?? "Alertmanager").shown(upTo: 100)
    return try ReceiverAnswer(response: response, host: host, now: context.now()).receipt()
  }

  /// One alert on the wire.
  struct Alert: Encodable, Sendable, Equatable {
    var labels: [String: String]
    var annotations: [String: String]
    var startsAt: String
    var endsAt: String

    /// How long an alert goes on without being sent again.
    ///
    /// Alertmanager itself forgets one after its resolve_timeout, which is minutes, and nights are
    /// a day apart. After a week without a night it must stop to pretend that it knows.
    private static let lifetime: TimeInterval = 8 * 86_400
    /// How long a trial goes on.
    private static let trial: TimeInterval = 600

    /// The alerts of a message.
    ///
    /// To Alertmanager one with another severity is another alert; its former self ends with it.
    static func all(of message: Message) -> [Alert] {
      message.lines.flatMap { line -> [Alert] in
        let alert = Alert(line, at: message.at)
        guard line.kind == .news || line.kind == .reminder else { return [alert] }
        let others = [Severity.warning, .unknown, .critical].filter { $0 != line.severity }
        return [alert]
          + others.map { severity in
            var former = line
            former.severity = severity
            former.kind = .resolved
            (former.text, former.remedy) = ("the severity has changed", "")
            return Alert(former, at: message.at)
          }
      }
    }

    private init(_ line: Message.Line, at now: Date) {
      let labels = [
        "alertname": line.kind == .test ? "KeyturnTest" : line.code.alertName,
        "code": line.code.rawValue, "severity": line.severity.rawValue,
        "connection": line.connection ?? "", "tenant": line.tenant ?? "",
        "key_id": line.keyID ?? "",
        // A connection has one; of those that are none there are many.
        "application": line.connection == nil ? line.application ?? "" : "",
      ]
      // An empty label is none, to Alertmanager too.
      self.labels = labels.filter { !$0.value.isEmpty }.mapValues { $0.shown(upTo: 200) }
      let annotations = [
        "summary": line.summary.shown(upTo: 300), "description": line.text.shown(upTo: 1_000),
        "remedy": line.remedy.shown(upTo: 1_000),
      ]
      self.annotations = annotations.filter { !$0.value.isEmpty }
      // Alertmanager refuses an alert that ends before it starts.
      startsAt = Timestamp.format(min(line.since, now))
      let end =
        switch line.kind {
        case .news, .reminder: now.addingTimeInterval(Self.lifetime)
        case .resolved: now
        case .test: now.addingTimeInterval(Self.trial)
        }
      endsAt = Timestamp.format(end)
    }
  }
}

extension Message.Line {
  fileprivate var summary: String { connection.map { "\($0): \(text)" } ?? text }
}

extension Finding.Code {
  /// The name of its alert; it never changes.
  var alertName: String {
    switch self {
    case .expiring: "KeyturnSecretExpiring"
    case .expired: "KeyturnSecretExpired"
    case .certificateExpiring: "KeyturnCertificateExpiring"
    case .certificateExpired: "KeyturnCertificateExpired"
    case .refused: "KeyturnSecretRefused"
    case .unreadable: "KeyturnRecordUnreadable"
    case .unrecorded: "KeyturnSecretUnrecorded"
    case .validationFailed: "KeyturnValidationFailed"
    case .handOverOpen: "KeyturnHandOverOpen"
    case .rotationStuck: "KeyturnRotationStuck"
    case .leftover: "KeyturnSecretLeftover"
    case .drifted: "KeyturnSecretDrifted"
    case .orphan: "KeyturnSecretOrphan"
    case .foreign: "KeyturnSecretForeign"
    case .ownCredentialExpiring: "KeyturnOwnCredentialExpiring"
    case .policyConflict: "KeyturnPolicyConflict"
    case .identityChanged: "KeyturnIdentityChanged"
    case .lifetimeTooLong: "KeyturnLifetimeTooLong"
    case .missedRun: "KeyturnMissedRun"
    case .clockSetBack: "KeyturnClockSetBack"
    case .notificationFailed: "KeyturnNotificationFailed"
    case .observed: "KeyturnTenantObserved"
    }
  }
}
