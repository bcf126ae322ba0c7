import Foundation

/// How keyturn may use Microsoft Graph in a tenant.
public struct GraphAccess: Sendable, Equatable {
  /// With whose rights Graph is called.
  public enum SignIn: Sendable, Equatable {
    /// The connection's own application, with its current secret.
    case connection
    /// An application with a certificate: one PEM file with its RSA key and the certificate.
    case certificate(clientID: String, file: String)
    /// An application with a client secret of its own.
    case clientSecret(clientID: String, source: SecretSource)
    /// The machine's managed identity; the client id chooses among several.
    case managedIdentity(clientID: String?)
    /// A federated token that the platform writes to a file; what is nil comes from the environment.
    case workloadIdentity(clientID: String?, tokenFile: String?)
    /// Whoever is signed in to Azure CLI.
    case azureCLI
    /// An administrator, in a browser, for one command.
    case deviceCode(clientID: String)
  }

  /// Where a secret comes from that does not stand in the configuration.
  public enum SecretSource: Sendable, Equatable {
    /// A file of its own.
    case file(String)
    /// The standard output of a program: its name and its arguments, without a shell.
    case command([String])
  }

  public var signIn: SignIn
  /// Whether every application of the tenant is observed, and not only those of the connections.
  public var observesAll: Bool
  /// What is observed beside the client secrets of applications.
  public var includes: Set<Inclusion>
  /// How long the reading of a whole tenant may take, with all waiting.
  public var observeTimeout: CalendarPeriod

  /// How long that is where the configuration does not say.
  public static let usualObserveTimeout = CalendarPeriod.hours(1)

  /// What may be looked at in a whole tenant beside the client secrets of its applications.
  public enum Inclusion: String, Sendable, CaseIterable {
    case certificates
    case servicePrincipals = "service-principals"
    /// When each application was used last.
    case signIns = "sign-ins"
  }

  /// Access with the rights of a sign-in.
  public init(
    signIn: SignIn, observesAll: Bool = false, includes: Set<Inclusion> = [],
    observeTimeout: CalendarPeriod = usualObserveTimeout
  ) {
    self.signIn = signIn
    self.observesAll = observesAll
    self.includes = includes
    self.observeTimeout = observeTimeout
  }

  /// What the readings of the whole tenant ask for, one after the other.
  public var scopes: [ObservedScope] {
    let kinds: [ObservedKind] =
      includes.contains(.servicePrincipals) ? [.application, .servicePrincipal] : [.application]
    return kinds.map { ObservedScope($0, hasCertificates: includes.contains(.certificates)) }
  }

  /// Whether a program can sign in by itself, with nobody there.
  public var isUnattended: Bool {
    if case .deviceCode = signIn { return false }
    return true
  }
}
