/// What goes wrong in a ``Tenant``; with the defaults nothing does.
///
/// As JSON every key may be left out, and `{}` is a tenant without faults. A number of times counts
/// down with each use.
public struct Faults: Sendable, Codable, Equatable {
  /// Seconds by which every read of Graph lags behind the directory.
  public var readStaleness: Double = 0
  /// Every read of Graph lags by its own chance, up to `readStaleness` (30 seconds where that is
  /// 0), so that a change may be seen, unseen and seen again.
  public var flapping = false
  /// How many of the next Graph writes are refused with `Directory_ConcurrencyViolation`.
  public var concurrencyViolations = 0
  /// How many of the next additions of a secret alone are refused with it.
  public var additionViolations = 0
  /// The status of that refusal; 503 has been seen as well.
  public var concurrencyViolationStatus = 409
  /// Throttling by the token service.
  public var tokenThrottle: Throttle?
  /// Throttling by Graph.
  public var graphThrottle: Throttle?
  /// Throttling by Dataverse.
  public var dataverseThrottle: Throttle?
  /// How many of the next Graph writes take effect without an answer.
  public var lostAnswers = 0
  /// A policy forbids new client secrets.
  public var secretsForbidden = false
  /// A policy forbids client secrets that live longer.
  public var maximumLifetimeDays: Int?
  /// The application object can take no more values.
  public var objectTooLarge = false
  /// The token endpoint refuses every request with one code.
  public var signInFailure: SignIn?
  /// The token endpoint answers with something that is no token answer.
  public var tokenAnswer: TokenAnswer?
  /// Descriptions separate their parts by line breaks and use the texts of before 2024.
  public var oldDescriptions = false
  /// The application user is missing in Dataverse.
  public var applicationUserMissing = false
  /// The address of the environment leads to another organization with other users.
  public var environmentChanged = false
  /// For this many seconds after a secret was added, removals answer 500 without effect.
  public var removalFailsAfterAddition: Double = 0
  /// Graph refuses every write for lack of privileges.
  public var writesForbidden = false
  /// How many of the next writes undo the write before them, if that is no older than ten minutes.
  public var lostUpdates = 0
  /// Seconds until a sign-in shows in Graph's reports; hours are usual.
  public var signInReportLatency: Double = 0
  /// Graph has no report of what each credential was last used for; it is beta.
  public var activityReportMissing = false
  /// Graph has no report of when each application signed in last; it is beta, and not in every cloud.
  public var signInReportMissing = false
  /// The tenant has no licence for reports of sign-ins.
  public var reportsUnlicensed = false
  /// Graph refuses every read of owners for lack of privileges.
  public var ownersForbidden = false
  /// What goes wrong on a page of a list.
  public var pageAnswer: PageAnswer?
  /// Graph refuses every read of service principals for lack of privileges.
  public var principalsForbidden = false
  /// A delta tells of no change that concerns credentials alone.
  public var deltaOmitsCredentials = false
  /// Graph has forgotten the state of every delta link.
  public var deltaTokensForgotten = false
  /// Seconds that a token is good for, where it is not an hour.
  public var tokenLifetime: Int?
  /// How many requests Graph takes with one token before it refuses it, whatever its lifetime.
  public var tokenUses: Int?
  /// Resource units that an application may use in ten seconds, where it is not the usual limit.
  public var resourceUnitLimit: Int?
  /// The first applications of a list have dates that are null, beyond the year 9999, or none.
  public var oddDates = false
  /// How many secrets more the first application of a list shows.
  public var extraCredentials = 0

  /// Creates faults that are all off.
  public init() {}

  /// Reads faults; whatever is left out is off, and a key that is no fault is an error.
  public init(from decoder: any Decoder) throws {
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys
    where CodingKeys(stringValue: key.stringValue) == nil {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription: "there is no fault '\(key.stringValue)'"))
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, or standard: Value) throws -> Value {
      try container.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    readStaleness = try value(.readStaleness, or: 0)
    flapping = try value(.flapping, or: false)
    concurrencyViolations = try value(.concurrencyViolations, or: 0)
    additionViolations = try value(.additionViolations, or: 0)
    concurrencyViolationStatus = try value(.concurrencyViolationStatus, or: 409)
    tokenThrottle = try value(.tokenThrottle, or: nil)
    graphThrottle = try value(.graphThrottle, or: nil)
    dataverseThrottle = try value(.dataverseThrottle, or: nil)
    lostAnswers = try value(.lostAnswers, or: 0)
    secretsForbidden = try value(.secretsForbidden, or: false)
    maximumLifetimeDays = try value(.maximumLifetimeDays, or: nil)
    objectTooLarge = try value(.objectTooLarge, or: false)
    signInFailure = try value(.signInFailure, or: nil)
    tokenAnswer = try value(.tokenAnswer, or: nil)
    oldDescriptions = try value(.oldDescriptions, or: false)
    applicationUserMissing = try value(.applicationUserMissing, or: false)
    environmentChanged = try value(.environmentChanged, or: false)
    removalFailsAfterAddition = try value(.removalFailsAfterAddition, or: 0)
    writesForbidden = try value(.writesForbidden, or: false)
    lostUpdates = try value(.lostUpdates, or: 0)
    signInReportLatency = try value(.signInReportLatency, or: 0)
    activityReportMissing = try value(.activityReportMissing, or: false)
    signInReportMissing = try value(.signInReportMissing, or: false)
    reportsUnlicensed = try value(.reportsUnlicensed, or: false)
    ownersForbidden = try value(.ownersForbidden, or: false)
    pageAnswer = try value(.pageAnswer, or: nil)
    principalsForbidden = try value(.principalsForbidden, or: false)
    deltaOmitsCredentials = try value(.deltaOmitsCredentials, or: false)
    deltaTokensForgotten = try value(.deltaTokensForgotten, or: false)
    tokenLifetime = try value(.tokenLifetime, or: nil)
    tokenUses = try value(.tokenUses, or: nil)
    resourceUnitLimit = try value(.resourceUnitLimit, or: nil)
    oddDates = try value(.oddDates, or: false)
    extraCredentials = try value(.extraCredentials, or: 0)
  }

  /// A key of any name.
  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
  }
}
