import Foundation
import Keyturn

/// Where a machine of Azure asks for the tokens of its managed identity.
///
/// Source: Microsoft, "How to use managed identities to acquire an access token"; the order is that
/// of Microsoft's authentication library (MSAL).
enum ManagedIdentityHost: Sendable {
  /// A virtual machine: the Instance Metadata Service.
  case machine(URL)
  /// App Service, Functions and Container Apps; the header proves that the caller runs inside.
  case appService(URL, header: SecretValue)
  /// A server outside of Azure that Azure Arc looks after.
  case arc(URL)

  /// The host that the variables of the process speak of; without any, a virtual machine.
  ///
  /// Throws: ``GraphSignInFailure`` for one that can't be used.
  init(_ environment: [String: String]) throws(GraphSignInFailure) {
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let endpoint = value("IDENTITY_ENDPOINT") {
      let url = try Self.url(endpoint, of: "IDENTITY_ENDPOINT")
      if let header = value("IDENTITY_HEADER") {
        guard value("IDENTITY_SERVER_THUMBPRINT") == nil else {
          throw GraphSignInFailure(
            "managed identities of Service Fabric are not supported",
            remedy: "choose another sign_in")
        }
        self = .appService(url, header: SecretValue(header))
        return
      }
      if value("IMDS_ENDPOINT") != nil {
        self = .arc(url)
        return
      }
    }
    let override = "MSAL_MANAGED_IDENTITY_ENDPOINT"
    if let endpoint = value(override) {
      let url = try Self.url(endpoint, of: override)
      // Nothing but a stand-in on this machine: a token must not be had from anybody else.
      guard TransportFailure.Peer(url).isLoopback else {
        throw GraphSignInFailure(
          "\(override) leads to another machine", remedy: "remove it from the environment")
      }
      self = .machine(url)
      return
    }
    let standard = "http://169.254.169.254/metadata/identity/oauth2/token"
    self = .machine(try Self.url(standard, of: "the metadata service"))
  }

  private static func url(_ text: String, of name: String) throws(GraphSignInFailure) -> URL {
    guard let url = URL(string: text), url.host() != nil else {
      throw GraphSignInFailure("\(name) is not an address", remedy: "correct it in the environment")
    }
    return url
  }

  /// The address to ask, without parameters.
  var url: URL {
    switch self {
    case .machine(let url), .appService(let url, _), .arc(let url): url
    }
  }

  /// The version of its interface.
  var apiVersion: String {
    switch self {
    case .machine: "2018-02-01"
    case .appService: "2019-08-01"
    case .arc: "2020-06-01"
    }
  }

  /// The header field without which it does not answer; requests that were forged elsewhere lack it.
  var headerField: (name: String, value: String) {
    switch self {
    case .machine, .arc: ("Metadata", "true")
    case .appService(_, let header): ("X-IDENTITY-HEADER", header.reveal())
    }
  }
}
