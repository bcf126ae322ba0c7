import Foundation

/// Where messages go: one receiver, or one group that is told together.
public struct Route: Sendable, Equatable {
  /// How the receiver is reached.
  public enum Channel: Sendable, Equatable {
    case email(EmailChannel)
    case webhook(WebhookChannel)
    /// An Alertmanager's address, to which `/api/v2/alerts` is added.
    case alertmanager(URL)
    /// A program and its arguments, without a shell; the message is its standard input.
    case command([String])
  }

  /// The name in the configuration.
  public var name: String
  public var channel: Channel

  /// A route as it was configured.
  public init(name: String, channel: Channel) {
    self.name = name
    self.channel = channel
  }

  /// Whether the receiver keeps a state that each night brings up to date, so that it decides itself
  /// what is news: an Alertmanager.
  public var isStateful: Bool {
    if case .alertmanager = channel { true } else { false }
  }
}

/// Mail to a few addresses.
public struct EmailChannel: Sendable, Equatable {
  /// Somebody who gets the mail.
  public enum Recipient: Sendable, Equatable {
    case address(String)
    /// The owner of each connection that the mail is about; others' connections are not in it.
    case owner
    /// The owners, in the tenant, of each application that the mail is about and that is no connection.
    case applicationOwners
  }

  /// What carries the mail away.
  public enum Carrier: Sendable, Equatable {
    /// The machine's `sendmail` command.
    case sendmail
    /// Microsoft Graph `sendMail`, with the sign-in of this tenant.
    case graph(AuthorizationServer)
  }

  public var to: [Recipient]
  public var from: String
  public var carrier: Carrier

  /// Mail as it was configured.
  public init(to: [Recipient], from: String, carrier: Carrier = .sendmail) {
    self.to = to
    self.from = from
    self.carrier = carrier
  }
}

/// A web address that takes messages.
public struct WebhookChannel: Sendable, Equatable {
  /// What the receiver understands.
  public enum Format: String, Sendable, CaseIterable {
    /// The message as one JSON document.
    case json
    case slack
    /// An Adaptive Card, as Microsoft Teams' workflows take it.
    case teams
  }

  /// Where the address stands; whoever knows one can write to the receiver, so that it may be a secret.
  public enum Address: Sendable, Equatable {
    case url(URL)
    case file(String)
  }

  public var address: Address
  public var format: Format
  /// A file with the secret that signs the messages; nil where they are not signed.
  public var secretFile: String?

  /// A webhook as it was configured.
  public init(address: Address, format: Format, secretFile: String? = nil) {
    self.address = address
    self.format = format
    self.secretFile = secretFile
  }
}

/// Which findings go to which route; a condition that is left out fits everything.
public struct RoutingRule: Sendable, Equatable {
  public var route: String
  /// The mildest severity that is sent: `warning`, `unknown` or `critical`.
  public var severity: Severity?
  /// How close the end of the secret has to be: escalation to further routes as it comes near.
  public var within: CalendarPeriod?
  /// Names, with `*` for any characters.
  public var tenant: String?
  public var connection: String?
  public var owner: String?

  /// A rule as it was configured.
  public init(
    route: String, severity: Severity? = nil, within: CalendarPeriod? = nil, tenant: String? = nil,
    connection: String? = nil, owner: String? = nil
  ) {
    self.route = route
    self.severity = severity
    self.within = within
    self.tenant = tenant
    self.connection = connection
    self.owner = owner
  }
}

/// How the messages of one route fare.
public struct RouteState: Sendable, Equatable {
  public var name: String
  /// When a message was delivered last.
  public var deliveredAt: Date?
  /// How many tries in a row have failed.
  public var failures: Int
  /// When the first of these was.
  public var failingSince: Date?

  /// What is known of a route.
  public init(name: String, deliveredAt: Date? = nil, failures: Int = 0, failingSince: Date? = nil)
  {
    self.name = name
    self.deliveredAt = deliveredAt
    self.failures = failures
    self.failingSince = failingSince
  }
}
