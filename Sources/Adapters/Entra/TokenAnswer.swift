import Foundation

/// The body of a token endpoint's answer, granted or refused, read as leniently as it can be.
///
/// Source: RFC 6749 sections 5.1 and 5.2; `error_codes`, `trace_id`, `correlation_id` and
/// `timestamp` are Microsoft's. A member of an unexpected type counts as absent.
struct TokenAnswer: Decodable {
  var accessToken: String?
  var tokenType: String?
  /// Seconds; RFC 6749 has a number here, some of Microsoft's endpoints write it as text.
  var expiresIn: Int?
  /// Seconds since 1970; only managed identities have it.
  var expiresOn: Int?
  var error: String?
  var description: String?
  var codes: [Int]
  var traceID: String?
  var correlationID: String?
  var timestamp: String?

  private enum Key: String, CodingKey {
    case accessToken = "access_token"
    case tokenType = "token_type"
    case expiresIn = "expires_in"
    case expiresOn = "expires_on"
    case error
    case description = "error_description"
    case codes = "error_codes"
    case traceID = "trace_id"
    case correlationID = "correlation_id"
    case timestamp
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    func text(_ key: Key) -> String? {
      // Most members are absent, which is no error here.
      let text = (try? members.decodeIfPresent(String.self, forKey: key)) ?? nil
      return text?.isEmpty == false ? text : nil
    }
    accessToken = text(.accessToken)
    tokenType = text(.tokenType)
    func number(_ key: Key) -> Int? {
      ((try? members.decodeIfPresent(LenientInteger.self, forKey: key)) ?? nil)?.value
    }
    expiresIn = number(.expiresIn)
    expiresOn = number(.expiresOn)
    error = text(.error)
    description = text(.description)
    traceID = text(.traceID)
    correlationID = text(.correlationID)
    timestamp = text(.timestamp)
    let numbers = (try? members.decodeIfPresent([LenientInteger].self, forKey: .codes)) ?? nil
    codes = numbers?.compactMap(\.value) ?? []
    if let description { complete(from: description) }
  }

  /// Takes from the description what has no member of its own.
  ///
  /// Its parts are separated by line breaks in answers from before 2024, by spaces since.
  private mutating func complete(from text: String) {
    if codes.isEmpty, let match = text.firstMatch(of: /AADSTS(\d{1,12})/) {
      codes = Int(match.1).map { [$0] } ?? []
    }
    traceID = traceID ?? text.firstMatch(of: /Trace ID: ([0-9A-Fa-f-]{36})/).map { String($0.1) }
    correlationID =
      correlationID
      ?? text.firstMatch(of: /Correlation ID: ([0-9A-Fa-f-]{36})/).map { String($0.1) }
    timestamp =
      timestamp ?? text.firstMatch(of: /Timestamp: ([0-9-]{10} [0-9:]{8}Z)/).map { String($0.1) }
  }

  /// The description without what the message says anyway: the code in front, the ids at the end.
  var ownWords: String? {
    guard var text = description?[...] else { return nil }
    if let ids = text.firstRange(of: /\s+Trace ID:/) { text = text[..<ids.lowerBound] }
    if let code = text.prefixMatch(of: /AADSTS\d+:\s*/) { text = text[code.range.upperBound...] }
    return text.isEmpty ? nil : String(text)
  }
}

/// A number that may have been written as text.
struct LenientInteger: Decodable {
  let value: Int?

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    value =
      (try? container.decode(Int.self)) ?? (try? container.decode(String.self)).flatMap { Int($0) }
  }
}
