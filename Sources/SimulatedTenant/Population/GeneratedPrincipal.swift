import Foundation

/// Service principals of an ``ApplicationPopulation``: one for each application, and a quarter more for
/// other tenants' applications and for machines.
extension ApplicationPopulation {
  private static let day: Int64 = 86_400

  /// How many there are.
  var principalCount: Int { count + count / 4 }

  /// The service principal with a number; those below ``count`` stand for the applications.
  func principal(_ number: Int) -> ServicePrincipal {
    let isOwn = number < count
    var random = SplitMix64(seed: SplitMix64.mixed(seed ^ UInt64(number) &* 0x5bd1_e995_9d1b_58a3))
    let (traits, names, ends) = (random.next(), random.next(), random.next())
    let isMachine = !isOwn && traits & 1 == 0
    let own = isOwn ? self[number] : nil
    var principal = ServicePrincipal(
      objectID: servicePrincipalID(of: number).text, appID: appID(of: number).text,
      displayName: own?.displayName ?? PopulationNames.application(names, number),
      kind: isMachine ? .managedIdentity : .application,
      ownerTenantID: isOwn ? "" : SplitMix64.guid(from: "tenant \(names % 100)"),
      credentials: PrincipalCredentials(),
      createdAt: Date(timeIntervalSince1970: Double(own?.createdAt ?? start - 90 * Self.day)))
    if let own { principal.audience = own.audience }
    let end = start - 60 * Self.day + Int64(ends % 43_200_000)
    if isMachine {
      principal.credentials.certificates = [certificate(&random, until: start + 45 * Self.day, 90)]
    } else {
      switch traits >> 8 % 100 {
      case 0..<3:
        principal.credentials.signingCertificates = [certificate(&random, until: end, 1095)]
      case 3..<5:
        principal.credentials.secrets = [
          ApplicationRegistration.Secret(
            displayName: PopulationNames.secret(names),
            startsAt: Date(timeIntervalSince1970: Double(end - 365 * Self.day)),
            expiresAt: Date(timeIntervalSince1970: Double(end)))
        ]
      case 5: principal.credentials.certificates = [certificate(&random, until: end, 365)]
      default: break
      }
    }
    return principal
  }

  /// The number of the service principal with an object id.
  func principalNumber(objectID: GUIDBits) -> Int? {
    let number = Int(principalNumbers.original(of: UInt32(objectID.high >> 32)))
    return number < principalCount && servicePrincipalID(of: number) == objectID ? number : nil
  }

  private func certificate(
    _ random: inout SplitMix64, until end: Int64, _ days: Int64
  ) -> RegisteredCertificate {
    let keyID = GUIDBits(high: random.next(), low: random.next())
    return RegisteredCertificate(
      keyID: keyID.text, displayName: "CN=\(PopulationNames.host(random.next()))",
      encoded: random.signature() + random.signature() + random.signature(), publicKey: "",
      startsAt: Date(timeIntervalSince1970: Double(end - days * Self.day)),
      expiresAt: Date(timeIntervalSince1970: Double(end)))
  }
}
