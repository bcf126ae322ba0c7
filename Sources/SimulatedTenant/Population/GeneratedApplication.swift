import Foundation

/// One application of an ``ApplicationPopulation``, as its number makes it.
struct GeneratedApplication: Sendable {
  private static let day: Int64 = 86_400
  /// Seconds; eight years.
  private static let oldest: UInt64 = 252_288_000
  /// Seconds; 500 days.
  private static let certificateEnds: UInt64 = 43_200_000

  let number: Int
  let objectID: GUIDBits
  let appID: GUIDBits
  /// Unix time in seconds.
  let createdAt: Int64
  let audience: ApplicationRegistration.SignInAudience
  let secretCount: Int
  let hasCertificate: Bool
  let ownerCount: Int
  private let population: ApplicationPopulation
  private let nameBits: UInt64
  private let secretSeed: UInt64

  init(_ number: Int, in population: ApplicationPopulation) {
    self.number = number
    self.population = population
    objectID = population.objectID(of: number)
    appID = population.appID(of: number)
    let mixed = UInt64(number) &* 0x2545_f491_4f6c_dd1d
    var random = SplitMix64(seed: SplitMix64.mixed(population.seed ^ mixed))
    let traits = random.next()
    audience = Self.audience(percent: traits & 0xffff)
    hasCertificate = traits >> 16 & 0xff < 38
    ownerCount = [0, 1, 1, 2][Int(traits >> 24 & 3)]
    nameBits = random.next()
    secretSeed = random.next()
    createdAt = population.start - 30 * Self.day - Int64(random.next() % Self.oldest)
    let wanted = Self.secretCount(population.secrets, traits >> 32)
    secretCount = audience.secretLimit.map { min($0, wanted) } ?? wanted
  }

  /// The name in the portal; two applications may have the same one.
  var displayName: String { PopulationNames.application(nameBits, number) }

  /// One of its secrets.
  func secret(_ position: Int) -> GeneratedSecret {
    GeneratedSecret(
      seed: secretSeed &+ UInt64(position) &* 0x9e6c_63d0_876a_9a47, start: population.start)
  }

  /// The certificate that it may sign in with.
  var certificate: RegisteredCertificate? {
    guard hasCertificate else { return nil }
    var random = SplitMix64(seed: SplitMix64.mixed(secretSeed ^ 0x6365_7274))
    let keyID = GUIDBits(high: random.next(), low: random.next())
    let end = population.start - 60 * Self.day + Int64(random.next() % Self.certificateEnds)
    return RegisteredCertificate(
      keyID: keyID.text, displayName: "CN=\(PopulationNames.host(nameBits))",
      encoded: random.signature() + random.signature() + random.signature(), publicKey: "",
      startsAt: Date(timeIntervalSince1970: Double(end - 365 * Self.day)),
      expiresAt: Date(timeIntervalSince1970: Double(end)))
  }

  /// When it signed in last, in Unix time; one of four never did, and one of four not for long.
  var lastSignInAt: Int64? {
    var random = SplitMix64(seed: SplitMix64.mixed(secretSeed ^ 0x7369_676e))
    let (kind, pick) = (random.next() & 3, random.next())
    switch kind {
    case 0: return nil
    case 1: return population.start - Int64(200 + pick % 500) * Self.day
    default: return population.start - Int64(pick % UInt64(20 * Self.day))
    }
  }

  /// The application with everything that a change may need.
  var registered: RegisteredApplication {
    var application = RegisteredApplication(
      objectID: objectID.text, appID: appID.text,
      servicePrincipalID: population.servicePrincipalID(of: number).text,
      createdAt: Date(timeIntervalSince1970: Double(createdAt)), displayName: displayName,
      signInAudience: audience, appRoles: [], owners: [], isEnabled: true,
      hasServicePrincipal: true, managementPolicy: nil, isPublicClient: false)
    application.populationNumber = number
    application.principal = population.principal(number).credentials
    application.certificates = certificate.map { [$0] } ?? []
    application.history = (0..<secretCount).map { secret($0).issued }
    application.lastSignInAt = lastSignInAt.map { Date(timeIntervalSince1970: Double($0)) }
    application.userOwners = (0..<ownerCount).map { PopulationNames.user(nameBits, $0) }
    return application
  }

  private static func audience(percent bits: UInt64) -> ApplicationRegistration.SignInAudience {
    switch bits % 100 {
    case 0: .personalAccounts
    case 1: .organizationsAndPersonalAccounts
    case 2..<75: .myOrganization
    default: .multipleOrganizations
    }
  }

  private static func secretCount(_ secrets: ApplicationPopulation.Secrets, _ bits: UInt64) -> Int {
    switch secrets {
    case .between(let range):
      return range.lowerBound + Int(bits % UInt64(range.count))
    case .usual:
      switch bits % 100 {
      case ..<9: return 0
      case ..<24: return 1
      case ..<44: return 2
      case ..<70: return 3
      default: return 4
      }
    }
  }
}

/// One client secret of a ``GeneratedApplication``.
struct GeneratedSecret: Sendable {
  /// Days; the portal's choices, the API's own two years, and what people ask the API for.
  private static let lifetimes: [Int64] = [
    90, 180, 180, 180, 365, 365, 365, 365, 545, 730, 730, 730, 730, 731, 731, 1095, 3650, 36_500,
  ]
  private static let hintLetters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~.".utf8)

  let keyID: GUIDBits
  /// Ticks of 100 nanoseconds since 1970.
  let startsAt: Int64
  let expiresAt: Int64
  let hint: (UInt8, UInt8, UInt8)
  let nameBits: UInt64
  private let valueSeed: UInt64

  init(seed: UInt64, start: Int64) {
    var random = SplitMix64(seed: seed)
    keyID = GUIDBits(high: random.next(), low: random.next())
    let traits = random.next()
    nameBits = random.next()
    valueSeed = random.next()
    let lifetime = Self.lifetimes[Int(traits % UInt64(Self.lifetimes.count))]
    let pick = random.next()
    // Three of ten have expired and were never removed.
    let isExpired = traits >> 8 & 0xff < 77
    let days: Int64 = isExpired ? -1 - Int64(pick % 1500) : Int64(pick % UInt64(lifetime))
    let timeOfDay = Int64(pick >> 32 % 86_400)
    let second: Int64 = start + days * 86_400 + timeOfDay
    // A fraction that a Date holds to the tick; every third secret ends with a whole second.
    let fraction: UInt64 = traits >> 16 % 3 == 0 ? 0 : traits >> 20 & 1023
    let ticks = Int64((Double(fraction) / 1024 * 1e7).rounded())
    expiresAt = second * CivilTime.ticksPerSecond + ticks
    startsAt = expiresAt - lifetime * 86_400 * CivilTime.ticksPerSecond
    let letters = UInt64(Self.hintLetters.count)
    hint = (
      Self.hintLetters[Int((traits >> 30) % letters)],
      Self.hintLetters[Int((traits >> 40) % letters)],
      Self.hintLetters[Int((traits >> 50) % letters)]
    )
  }

  /// The description in the portal; many have none.
  var displayName: String? { PopulationNames.secret(nameBits) }

  /// The secret with its value.
  var issued: IssuedSecret {
    var random = SplitMix64(seed: valueSeed)
    let start = Self.date(startsAt)
    return IssuedSecret(
      keyID: keyID.text, displayName: displayName,
      value: String(decoding: [hint.0, hint.1, hint.2], as: UTF8.self)
        + random.secretValue().dropFirst(3),
      startsAt: start, expiresAt: Self.date(expiresAt), issuedAt: start, arrival: .settled,
      departure: .settled)
  }

  private static func date(_ ticks: Int64) -> Date {
    let (seconds, fraction) = ticks.quotientAndRemainder(dividingBy: CivilTime.ticksPerSecond)
    // Back to the 1024th that it was made from, which a Date can hold.
    let exact = (Double(fraction) / 1e7 * 1024).rounded() / 1024
    return Date(timeIntervalSince1970: Double(seconds) + exact)
  }
}
