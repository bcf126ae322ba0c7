/// What could not be read of a tenant; one finding, whatever it is, because one cause has many effects.
struct TenantTroubles {
  private let tenant: AuthorizationServer
  private var messages: [String] = []
  private var remedy = ""
  private var severity = Severity.warning

  init(tenant: AuthorizationServer) {
    self.tenant = tenant
  }

  /// Nil where everything was read.
  var finding: Finding? {
    guard !messages.isEmpty else { return nil }
    return Finding(
      code: .unreadable, severity: severity,
      message: "\(tenant.name): \(messages.joined(separator: "; "))", remedy: remedy,
      tenant: tenant.name)
  }

  /// Notes objects that could not be read by themselves, while the others were.
  mutating func add(_ kind: ObservedKind, unreadable count: Int) {
    guard count > 0 else { return }
    messages.append(
      "\(count == 1 ? "1 \(kind.word)" : "\(count) \(kind.words)") could not be read: without an id,"
        + " or with more credentials than keyturn looks through")
    remedy =
      "the others were read; look for \(kind.words) with thousands of secrets in the portal"
  }

  /// Notes that something beside the pictures could not be read; the pictures are as good as ever.
  ///
  /// What is over by itself is not worth a word: the next night tries again.
  mutating func add(_ what: String, _ error: any Error) {
    if case .later = (error as? DirectoryFailure)?.verdict { return }
    let (message, hint) = Self.words(error)
    messages.append("\(what) could not be read: \(message)")
    if remedy.isEmpty { remedy = hint }
  }

  /// Notes that a reading broke off, and what could not be read for that.
  mutating func add(_ kinds: [ObservedKind], _ error: any Error, _ state: InventoryState?) {
    let (message, hint) = Self.words(error)
    let old =
      state.map { "; what is known is of \(Timestamp.format($0.readAt))" }
      ?? "; nothing is known yet"
    let words = kinds.map(\.words).joined(separator: " and ")
    messages.append("not all \(words) could be read: \(message)\(old)")
    remedy = hint
    severity = .unknown
  }

  private static func words(_ error: any Error) -> (message: String, hint: String) {
    switch error {
    case let failure as DirectoryFailure: (failure.message, failure.remedy)
    case let error as KeyturnError:
      (error.message, error.hints.first ?? "run keyturn apps --refresh")
    default: ("\(error)".shown(), "run keyturn apps --refresh")
    }
  }
}

extension ObservedKind {
  /// The word for one of them.
  var word: String { self == .application ? "application" : "service principal" }
  /// The word for several of them.
  var words: String { "\(word)s" }
}

extension CredentialKind {
  /// The word for one of them.
  var word: String { self == .secret ? "client secret" : "certificate" }
}
