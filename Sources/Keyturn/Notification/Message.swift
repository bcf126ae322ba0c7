import Foundation

/// What one run has to tell to one receiver: a digest, worst first.
public struct Message: Sendable, Equatable, Codable {
  /// One thing in it.
  public struct Line: Sendable, Equatable, Codable {
    /// Why it is told.
    public enum Kind: String, Sendable, Codable {
      /// It was found, or has got worse, or a threshold was crossed.
      case news
      /// It was told before, and is still critical, or still waits for a hand-over.
      case reminder
      /// It was told before, and is over.
      case resolved
      /// Somebody tries the route.
      case test
    }

    public var kind: Kind
    /// The connection; nil for what is about the whole installation.
    public var connection: String?
    public var tenant: String?
    public var owner: String?
    /// The application (client) id.
    public var application: String?
    public var keyID: String?
    /// The route that does not deliver; nil for anything else.
    public var failingRoute: String?
    public var code: Finding.Code
    public var severity: Severity
    /// What is the case.
    public var text: String
    /// What to do; empty for what is over.
    public var remedy: String
    /// By when it has to be done: the end of the secret in question.
    public var due: Date?
    /// When it was found first.
    public var since: Date

    /// A line; its texts come from outside in part, and every format escapes them in its own way.
    public init(
      kind: Kind, connection: String? = nil, tenant: String? = nil, owner: String? = nil,
      application: String? = nil, keyID: String? = nil, failingRoute: String? = nil,
      code: Finding.Code, severity: Severity, text: String, remedy: String, due: Date? = nil,
      since: Date
    ) {
      self.kind = kind
      self.connection = connection
      self.tenant = tenant
      self.owner = owner
      self.application = application
      self.keyID = keyID
      self.failingRoute = failingRoute
      self.code = code
      self.severity = severity
      self.text = text
      self.remedy = remedy
      self.due = due
      self.since = since
    }
  }

  /// The next thing that will happen to what the message is about.
  public struct Event: Sendable, Equatable, Codable {
    public var at: Date
    public var connection: String
    public var what: String

    /// An event of the plan.
    public init(at: Date, connection: String, what: String) {
      self.at = at
      self.connection = connection
      self.what = what
    }
  }

  /// A UUID: the same each time this message is sent again, so that a receiver can tell.
  public var id: String
  /// The route's name.
  public var route: String
  /// For mail: the addresses it goes to.
  public var recipients: [String]
  /// When it was written.
  public var at: Date
  /// The machine that found all this.
  public var host: String
  /// Everything there is to tell, worst first; people are shown ``shownLines``.
  public var lines: [Line]
  public var next: Event?

  /// A message; `lines` are put in order.
  public init(
    id: String, route: String, recipients: [String] = [], at: Date, host: String, lines: [Line],
    next: Event? = nil
  ) {
    self.id = id
    self.route = route
    self.recipients = recipients
    self.at = at
    self.host = host
    self.lines = lines.sorted { $0.comesBefore($1, at: at) }
    self.next = next
  }

  /// How many lines people are shown.
  public static let longest = 10

  /// The first ten lines.
  public var shownLines: ArraySlice<Line> { lines.prefix(Self.longest) }

  /// How many lines are not shown.
  public var hiddenLines: Int { lines.count - shownLines.count }

  /// The worst of what is not over; `ok` where all is.
  public var severity: Severity {
    .worst(lines.filter { $0.kind != .resolved }.map(\.severity))
  }

  /// One line that says it all: "CRITICAL: magentrix-d365 expires in 6 days, on …, and 3 more".
  public var subject: String {
    guard let first = lines.first else { return "OK: nothing to tell" }
    let word =
      switch first.kind {
      case .resolved: "RESOLVED"
      case .test: "TEST"
      case .news, .reminder: severity.rawValue.uppercased()
      }
    let name = first.connection.map { "\($0) " } ?? ""
    let more = lines.count == 1 ? "" : ", and \(lines.count - 1) more"
    return "\(word): \(name)\(first.text)".shown(upTo: 160) + more
  }
}

extension Message.Line {
  /// Worst first, then what is only counted, and what is over last; of the same severity, what is due
  /// first.
  func comesBefore(_ other: Message.Line, at now: Date) -> Bool {
    if (kind == .resolved) != (other.kind == .resolved) { return other.kind == .resolved }
    if (code == .observed) != (other.code == .observed) { return other.code == .observed }
    if severity != other.severity { return severity.isWorse(than: other.severity) }
    let (due, othersDue) = (urgency(at: now), other.urgency(at: now))
    return due == othersDue ? (connection ?? "") < (other.connection ?? "") : due < othersDue
  }

  /// By when it should be dealt with.
  ///
  /// A connection whose secret has ended stands still. Of an application that is none, nobody knows that
  /// it is used at all: what ended long ago is the less urgent for it.
  private func urgency(at now: Date) -> Date {
    guard let due else { return .distantFuture }
    return connection == nil ? due.mirrored(at: now) : due
  }
}
