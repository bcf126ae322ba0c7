import Foundation

/// What an administrator does in the portal.
extension Tenant {
  /// The days of the longest lifetime that can be chosen, a custom end date included.
  ///
  /// See <https://learn.microsoft.com/entra/identity-platform/how-to-add-credentials>.
  private static let longestPortalLifetime = 731

  /// Registers an application; its secrets are known everywhere at once.
  ///
  /// - Returns: The application with its ids and the values of its secrets.
  @discardableResult
  public mutating func register(_ registration: ApplicationRegistration) -> RegisteredApplication {
    let generated = random.guid()
    let appID = registration.appID?.lowercased() ?? generated
    var owners = Set(registration.owners.map { $0.lowercased() })
    if registration.ownsItself { owners.insert(appID) }
    var application = RegisteredApplication(
      objectID: random.guid(), appID: appID, servicePrincipalID: random.guid(),
      createdAt: registration.createdAt ?? now,
      displayName: registration.displayName, signInAudience: registration.signInAudience,
      appRoles: registration.appRoles, owners: owners, isEnabled: registration.isEnabled,
      hasServicePrincipal: registration.hasServicePrincipal,
      managementPolicy: registration.managementPolicy,
      isPublicClient: registration.isPublicClient)
    application.userOwners = registration.userOwners
    application.history = registration.secrets.map { secret in
      IssuedSecret(
        keyID: random.guid(), displayName: secret.displayName, value: random.secretValue(),
        startsAt: secret.startsAt, expiresAt: secret.expiresAt,
        issuedAt: min(secret.startsAt, now), arrival: .settled, departure: .settled)
    }
    insert(application)
    recordChange(at: applications.count - 1)
    return applications[applications.count - 1]
  }

  /// Brings another tenant's application into this one, or a machine's identity.
  ///
  /// - Returns: The service principal with its ids.
  @discardableResult
  public mutating func registerPrincipal(
    _ displayName: String, kind: ServicePrincipal.Kind = .application,
    credentials: PrincipalCredentials
  ) -> ServicePrincipal {
    revision += 1
    var principal = ServicePrincipal(
      objectID: random.guid(), appID: random.guid(), displayName: displayName, kind: kind,
      ownerTenantID: kind == .application ? random.guid() : id, credentials: credentials,
      createdAt: now)
    principal.revision = revision
    foreignPrincipals.append(principal)
    return principal
  }

  /// Changes a service principal of another tenant's application in place, or deletes it with `nil`.
  public mutating func changePrincipal(
    objectID: String, by change: ((inout ServicePrincipal) -> Void)?
  ) throws(SecretRefusal) {
    guard let index = foreignPrincipals.firstIndex(where: { $0.objectID == objectID }) else {
      throw .unknownApplication
    }
    revision += 1
    if let change {
      change(&foreignPrincipals[index])
    } else {
      foreignPrincipals[index].deletedAt = now
    }
    foreignPrincipals[index].revision = revision
  }

  /// Deletes an application; it can be restored for 30 days.
  ///
  /// - Parameters:
  ///   - appID: The client id of the application.
  ///   - forGood: Whether it is deleted from the list of deleted applications, too.
  /// - Throws: ``SecretRefusal`` where there is none.
  public mutating func deleteApplicationInPortal(
    appID: String, forGood: Bool = false
  ) throws(SecretRefusal) {
    touch(appID: appID)
    guard let position = position(appID: appID) else { throw .unknownApplication }
    delete(at: position, forGood: forGood)
  }

  /// Restores an application that was deleted no more than 30 days ago.
  ///
  /// - Parameter appID: The client id of the application.
  /// - Throws: ``SecretRefusal`` where none can be restored.
  public mutating func restoreApplicationInPortal(appID: String) throws(SecretRefusal) {
    guard let position = deletedPosition(appID: appID),
      let deletedAt = applications[position].deletedAt,
      now.timeIntervalSince(deletedAt) <= Self.restorableTime
    else { throw .unknownApplication }
    applications[position].deletedAt = nil
    recordChange(at: position)
  }

  /// Seconds for which a deleted application can be restored.
  private static var restorableTime: TimeInterval { 30 * 86_400 }

  mutating func delete(at position: Int, forGood: Bool) {
    applications[position].deletedAt = now
    applications[position].isPurged = forGood
    recordChange(at: position)
  }

  /// Changes an application in place, as by its pages in the portal; ids and secrets stay.
  public mutating func changeApplication(
    appID: String, by change: (inout RegisteredApplication) -> Void
  ) throws(SecretRefusal) {
    touch(appID: appID)
    guard let position = position(appID: appID) else { throw .unknownApplication }
    change(&applications[position])
    recordChange(at: position)
  }

  /// Replaces the certificates of an application, which changes nothing else about it.
  public mutating func renewCertificates(
    of appID: String, with certificates: [RegisteredCertificate]
  ) {
    touch(appID: appID)
    guard let position = position(appID: appID) else { return }
    applications[position].certificates = certificates
    recordChange(at: position, ofCredentials: true)
  }

  /// Makes a client secret with "+ New client secret".
  ///
  /// - Parameters:
  ///   - appID: The client id of the application.
  ///   - displayName: The description.
  ///   - days: The lifetime, at most 24 months; "24 months" in the portal's list are 730 days,
  ///     whatever the calendar says.
  /// - Returns: The secret with its value, which the portal shows once.
  /// - Throws: ``SecretRefusal``
  public mutating func createSecretInPortal(
    appID: String, displayName: String?, days: Int = 730
  ) throws(SecretRefusal) -> IssuedSecret {
    touch(appID: appID)
    guard let position = position(appID: appID) else { throw .unknownApplication }
    guard days <= Self.longestPortalLifetime else { throw .lifetimeBeyondPortal }
    return try addSecret(
      at: position, displayName: displayName, startsAt: now,
      expiresAt: now.addingTimeInterval(Double(days) * 86_400))
  }

  /// Deletes a client secret.
  ///
  /// - Parameters:
  ///   - appID: The client id of the application.
  ///   - keyID: The Secret ID.
  /// - Throws: ``SecretRefusal``
  public mutating func deleteSecretInPortal(
    appID: String, keyID: String
  ) throws(SecretRefusal) {
    touch(appID: appID)
    guard let position = position(appID: appID) else { throw .unknownApplication }
    try removeSecret(at: position, keyID: keyID)
  }

  /// A program that is none of the tenant's owner's signs in with a value, if it is a valid one.
  ///
  /// - Parameters:
  ///   - value: The client secret.
  ///   - appID: The client id of the application.
  ///   - resource: The resource that it wants a token for.
  ///   - moment: When it signed in, now or earlier.
  public mutating func noteUse(
    of value: String, appID: String, resource: String, at moment: Date
  ) {
    guard let application = application(appID: appID),
      let secret = application.history.first(where: { $0.value == value && $0.isValid(at: now) })
    else { return }
    record(
      RecordedSignIn(
        keyID: secret.keyID, appID: application.appID, at: moment, address: "203.0.113.7",
        resource: resource))
  }
}
