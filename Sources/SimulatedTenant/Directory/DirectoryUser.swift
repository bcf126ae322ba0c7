/// A person in the tenant's directory.
public struct DirectoryUser: Sendable, Equatable {
  /// The id of the user object.
  public let objectID: String
  /// The name that is shown.
  public let displayName: String
  /// The name that the person signs in with, and the address of the mailbox.
  public let principalName: String

  /// Describes a person.
  public init(objectID: String, displayName: String, principalName: String) {
    self.objectID = objectID.lowercased()
    self.displayName = displayName
    self.principalName = principalName
  }
}
