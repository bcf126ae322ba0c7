import Foundation
import Keyturn

/// One call of Microsoft Graph, before it has an address in a cloud.
struct GraphCall: Sendable {
  /// What is being done, for messages: "reading the application".
  var purpose: String
  var version = "v1.0"
  /// What follows the version, encoded.
  var path: String
  /// What follows the question mark, encoded.
  var query = ""
  /// The JSON text of a call that changes something; nil where it only reads.
  var body: Data?
  /// The address of a further page, as the page before names it.
  var page: URL?
  /// The permission that it needs where the rights to change the application are not enough.
  var permission: String?
  /// Whether it selects `keyCredentials`, which has a limit of its own.
  var selectsCertificates = false
  /// Whether its body holds nothing but reads.
  var isBatchOfReads = false
  /// What is the case without it, where the tenant's licence does not include it.
  var otherwise: String?

  var isWrite: Bool { body != nil && !isBatchOfReads }

  /// The call's address in a cloud; nil for one that leads elsewhere.
  func url(in cloud: Cloud) -> URL? {
    guard var parts = URLComponents(url: cloud.graph, resolvingAgainstBaseURL: false) else {
      return nil
    }
    if let page {
      // The token goes along, so that a link to another host is not followed.
      let link = URLComponents(url: page, resolvingAgainstBaseURL: false)
      let isOurs =
        link?.scheme?.lowercased() == parts.scheme?.lowercased() && link?.port == parts.port
        && link?.host?.lowercased() == parts.host?.lowercased() && link?.user == nil
      return isOurs ? page : nil
    }
    var base = parts.percentEncodedPath
    while base.hasSuffix("/") { base.removeLast() }
    parts.percentEncodedPath = "\(base)/\(version)/\(path)"
    parts.percentEncodedQuery = query.isEmpty ? nil : query
    return parts.url
  }

  /// A text as a literal of OData, encoded for a path or a query.
  ///
  /// Source: OData 4.01, URL conventions, section 5.1.1.14: a quote is written twice.
  static func literal(_ text: String) -> String {
    let quoted = text.utf8.contains(UInt8(ascii: "'")) ? text.replacing("'", with: "''") : text
    return "'\(encode(quoted))'"
  }

  /// A part of a query, encoded.
  static func encode(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
  }

  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}

extension GraphCall {
  /// Source: Microsoft Graph v1.0, "Get application", which `appId` addresses as well as `id`.
  static func application(_ clientID: String, selecting properties: [String]) -> GraphCall {
    GraphCall(
      purpose: "reading the application from Microsoft Graph",
      path: "applications(appId=\(literal(clientID)))",
      query: "$select=\(properties.joined(separator: ","))")
  }

  /// Source: Microsoft Graph v1.0, "application: addPassword".
  static func addPassword(
    _ displayName: String, until end: Date, to clientID: String
  ) -> GraphCall {
    GraphCall(
      purpose: "making a client secret in Microsoft Graph",
      path: "applications(appId=\(literal(clientID)))/addPassword",
      body: json([
        "passwordCredential": [
          "displayName": displayName, "endDateTime": Timestamp.format(end),
        ]
      ]))
  }

  /// Source: Microsoft Graph v1.0, "application: removePassword".
  static func removePassword(_ keyID: String, from clientID: String) -> GraphCall {
    GraphCall(
      purpose: "removing the client secret \(keyID.shown(upTo: 40)) in Microsoft Graph",
      path: "applications(appId=\(literal(clientID)))/removePassword",
      body: json(["keyId": keyID]))
  }

  static func json(_ value: some Encodable) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts in dictionaries can always be encoded.
    return (try? encoder.encode(value)) ?? Data()
  }
}
