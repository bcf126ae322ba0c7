/// What kind of object of a tenant credentials belong to.
public enum ObservedKind: String, Sendable, CaseIterable {
  /// An application that is registered in the tenant.
  case application
  /// What stands for an application in the tenant, its own or another tenant's: in the portal an
  /// enterprise application. Its credentials are beside those of the application.
  case servicePrincipal = "service-principal"
}

/// What kind of credential an application signs in with.
public enum CredentialKind: String, Sendable, CaseIterable {
  /// `passwordCredentials` of Microsoft Graph.
  case secret
  /// `keyCredentials` of Microsoft Graph.
  case certificate
}

/// What a reading of a whole tenant asks for: objects of one kind, with one or both kinds of credentials.
public struct ObservedScope: Sendable, Equatable {
  public var kind: ObservedKind
  /// Whether certificates are read beside the client secrets; Microsoft throttles that.
  public var hasCertificates: Bool

  /// A scope of one kind of object.
  public init(_ kind: ObservedKind, hasCertificates: Bool = false) {
    self.kind = kind
    self.hasCertificates = hasCertificates
  }

  /// The kinds of credentials that are read.
  public var credentials: [CredentialKind] {
    hasCertificates ? [.secret, .certificate] : [.secret]
  }
}
