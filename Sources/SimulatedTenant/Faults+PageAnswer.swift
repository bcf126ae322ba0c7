extension Faults {
  /// Something that goes wrong on one page of a list of all applications, or of a delta.
  public struct PageAnswer: Sendable, Codable, Equatable {
    /// What goes wrong.
    public enum Kind: String, Sendable, Codable, CaseIterable {
      /// The link to the next page leads to another origin.
      case otherOrigin = "other_origin"
      /// The link to the next page leads back to this one.
      case cycle
      /// The page is empty and leads on to what should have been on it.
      case emptyPage = "empty_page"
      /// The next page begins with the last applications of this one.
      case duplicates
      /// Status 503.
      case unavailable
      /// Status 429.
      case throttled
      /// The answer ends half-way, within its compression where there is one, and looks whole to
      /// HTTP.
      case cutShort = "cut_short"
      /// Nothing: the connection is closed.
      case closed
    }

    /// What goes wrong.
    public var kind: Kind
    /// The number of the page, from 1 on; 2 where it is `nil`.
    public var page: Int?
    /// How many requests for it are answered so; `nil` answers all so until the fault is taken away.
    public var count: Int?
    /// The seconds in `Retry-After`; `nil` leaves the field out.
    public var retryAfter: Int?
    /// The other origin, such as `https://127.0.0.1:9443`; a name that leads nowhere where it is
    /// `nil`.
    public var origin: String?

    /// Creates an answer of a kind.
    public init(
      kind: Kind, page: Int? = nil, count: Int? = nil, retryAfter: Int? = nil,
      origin: String? = nil
    ) {
      self.kind = kind
      self.page = page
      self.count = count
      self.retryAfter = retryAfter
      self.origin = origin
    }
  }

  /// Counts one request for a page against what goes wrong, and returns it if it does.
  mutating func takePageAnswer(page: Int) -> PageAnswer? {
    guard let answer = pageAnswer, page == answer.page ?? 2 else { return nil }
    guard let count = answer.count else { return answer }
    pageAnswer?.count = count - 1
    if count <= 1 { pageAnswer = nil }
    return count > 0 ? answer : nil
  }
}

/// Applications that are unlike all others, at the beginning of a list.
extension Faults {
  /// More than this no answer could hold.
  static let mostExtraCredentials = 1_000_000

  /// How many applications are concerned.
  static let oddApplications = 6

  private static let oddDates: [JSON] = [
    nil, "12026-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00Z",
    "+10000-01-01T00:00:00.0000000Z", "soon",
  ]

  var isOdd: Bool { oddDates || extraCredentials > 0 }

  /// Changes the secrets that an application shows in a list; the first one has the extra ones.
  func makeOdd(_ object: inout JSON, number: Int) {
    guard case .object(var members) = object,
      let position = members.firstIndex(where: { $0.key == "passwordCredentials" }),
      case .array(var passwords) = members[position].value
    else { return }
    if number == 0 && extraCredentials > 0 {
      passwords += (0..<min(extraCredentials, Self.mostExtraCredentials)).map(Self.extraCredential)
    } else if oddDates {
      let date = Self.oddDates[number % Self.oddDates.count]
      passwords = passwords.map {
        $0.setting("endDateTime", to: date).setting("startDateTime", to: date)
          .setting("displayName", to: nil).setting("hint", to: nil)
      }
    }
    members[position].value = .array(passwords)
    object = .object(members)
  }

  private static func extraCredential(_ number: Int) -> JSON {
    [
      "customKeyIdentifier": nil,
      "displayName": .string("extra \(number)"),
      "endDateTime": "2031-01-01T00:00:00.0000000Z",
      "hint": "ext",
      "keyId": .string(SplitMix64.guid(from: "extra credential \(number)")),
      "secretText": nil,
      "startDateTime": "2026-01-01T00:00:00.0000000Z",
    ]
  }
}
