public import Foundation

/// What an application may be given as client secrets.
///
/// See <https://learn.microsoft.com/graph/api/resources/appmanagementpolicy>.
public struct ManagementPolicy: Sendable, Equatable {
  /// One rule of a policy.
  public struct Restriction: Sendable, Equatable {
    /// What is forbidden.
    public enum Kind: Sendable, Equatable {
      /// Client secrets altogether.
      case addition
      /// Client secrets that live longer than so many days.
      case lifetime(days: Int)
    }

    /// What is forbidden.
    public var kind: Kind
    /// Applications that were registered before are spared; `nil` spares none.
    public var appliesFrom: Date?
    /// Whether the rule's state is `enabled`.
    public var isOn = true

    /// Creates a rule that holds.
    public init(_ kind: Kind, appliesFrom: Date? = nil, isOn: Bool = true) {
      self.kind = kind
      self.appliesFrom = appliesFrom
      self.isOn = isOn
    }

    func binds(_ application: RegisteredApplication) -> Bool {
      isOn && (appliesFrom.map { application.createdAt >= $0 } ?? true)
    }
  }

  /// The id that the texts of refusals name.
  public var id: String
  /// Whether the policy counts.
  public var isEnabled: Bool
  /// Its rules for passwords.
  public var restrictions: [Restriction]

  /// Creates a policy that counts.
  public init(id: String, isEnabled: Bool = true, restrictions: [Restriction]) {
    self.id = id
    self.isEnabled = isEnabled
    self.restrictions = restrictions
  }

  /// Refuses a new secret that the policy does not allow the application.
  func check(
    lifetime: TimeInterval, of application: RegisteredApplication
  ) throws(SecretRefusal) {
    guard isEnabled else { return }
    for restriction in restrictions where restriction.binds(application) {
      switch restriction.kind {
      case .addition:
        throw .forbiddenByPolicy(id: id)
      case .lifetime(let days) where lifetime > Double(days) * 86_400:
        throw .lifetimeForbiddenByPolicy(id: id)
      case .lifetime: break
      }
    }
  }
}

extension Tenant {
  /// The tenant's default policy, which says what the faults forbid.
  var defaultPolicy: ManagementPolicy {
    var restrictions: [ManagementPolicy.Restriction] = []
    if faults.secretsForbidden {
      restrictions.append(ManagementPolicy.Restriction(.addition, appliesFrom: policyStart))
    }
    if let days = faults.maximumLifetimeDays {
      restrictions.append(
        ManagementPolicy.Restriction(.lifetime(days: days), appliesFrom: policyStart))
    }
    return ManagementPolicy(
      id: "00000000-0000-0000-0000-000000000000", isEnabled: !restrictions.isEmpty,
      restrictions: restrictions)
  }

  /// The policy that counts for an application: its own in place of the default.
  func policy(for application: RegisteredApplication) -> ManagementPolicy {
    if let own = application.managementPolicy, own.isEnabled { return own }
    return defaultPolicy
  }
}
