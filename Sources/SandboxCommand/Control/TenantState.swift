import SimulatedTenant

/// What the control interface tells of the tenant; the values of secrets are not part of it.
struct TenantState: Encodable, Sendable {
  struct Application: Encodable, Sendable {
    var appId: String
    var objectId: String
    var displayName: String
    var signInAudience: String
    var deletedAt: String?
    var secrets: [Secret]
  }

  struct Secret: Encodable, Sendable {
    var keyId: String
    var displayName: String?
    var hint: String
    var startsAt: String
    var expiresAt: String
    var removedAt: String?
  }

  struct Mail: Encodable, Sendable {
    var from: String
    var to: [String]
    var subject: String
    var contentType: String
    var content: String
    var headers: [String: String]
    var sentAt: String
  }

  var now: String
  var tenantId: String
  var faults: Faults
  /// How many applications there are.
  var applicationCount: Int
  /// Every application with every secret that it ever had; of those that were made by number only
  /// the ones that somebody has changed or looked at.
  var applications: [Application]
  /// The mails that Microsoft Graph has taken, the oldest first.
  var mails: [Mail]

  init(_ tenant: Tenant) {
    now = WireTime.graph(tenant.now)
    tenantId = tenant.id
    faults = tenant.faults
    applicationCount = tenant.applicationCount
    applications = tenant.applications.map(Application.init)
    mails = tenant.mails.map(Mail.init)
  }
}

extension TenantState.Application {
  init(_ application: RegisteredApplication) {
    appId = application.appID
    objectId = application.objectID
    displayName = application.displayName
    signInAudience = application.signInAudience.rawValue
    deletedAt = application.deletedAt.map(WireTime.graph)
    secrets = application.history.map(TenantState.Secret.init)
  }
}

extension TenantState.Secret {
  init(_ secret: IssuedSecret) {
    keyId = secret.keyID
    displayName = secret.displayName
    hint = secret.hint
    startsAt = WireTime.graph(secret.startsAt)
    expiresAt = WireTime.graph(secret.expiresAt)
    removedAt = secret.removedAt.map(WireTime.graph)
  }
}

extension TenantState.Mail {
  init(_ mail: SentMail) {
    from = mail.from
    to = mail.to
    subject = mail.subject
    contentType = mail.contentType
    content = mail.content
    headers = mail.headers
    sentAt = WireTime.graph(mail.sentAt)
  }
}
