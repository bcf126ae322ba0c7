public import Foundation

/// A sign-in with a client secret that succeeded, as the tenant's reports show it.
public struct RecordedSignIn: Sendable, Equatable {
  /// The Secret ID of the secret that was used.
  public let keyID: String
  /// The client id of the application that signed in.
  public let appID: String
  public let at: Date
  /// The IP address that the request came from.
  public let address: String
  /// The resource that the token is for, as it was written.
  public let resource: String
}

extension Tenant {
  /// How many sign-ins with one secret are remembered.
  private static let rememberedSignIns = 200

  /// The sign-ins with a secret, oldest first, whether the reports show them already or not.
  public func signIns(keyID: String) -> [RecordedSignIn] {
    signInsByKeyID[keyID.lowercased()] ?? []
  }

  /// The sign-ins that the reports show now.
  func reportedSignIns() -> [RecordedSignIn] {
    let latest = now.addingTimeInterval(-faults.signInReportLatency)
    return signInsByKeyID.values.joined().filter { $0.at <= latest }
      .sorted { ($0.at, $0.keyID, $0.resource) < ($1.at, $1.keyID, $1.resource) }
  }

  mutating func record(_ signIn: RecordedSignIn) {
    if signInsByKeyID[signIn.keyID]?.count == Self.rememberedSignIns {
      signInsByKeyID[signIn.keyID]?.removeFirst()
    }
    signInsByKeyID[signIn.keyID, default: []].append(signIn)
  }
}
