/// A refusal by Graph, before it has request ids and a time.
///
/// See <https://learn.microsoft.com/graph/errors>.
struct GraphFailure: Error, Sendable, Equatable {
  let status: Int
  let code: String
  let message: String

  init(_ status: Int, _ code: String, _ message: String) {
    self.status = status
    self.code = code
    self.message = message
  }

  static let denied = GraphFailure(
    403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")

  static let unlicensed = GraphFailure(
    403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
    """
    Neither tenant is B2C or tenant doesn't have premium license. The caller is not allowed to \
    access this resource.
    """)

  static let methodNotAllowed = GraphFailure(
    405, "Request_BadRequest",
    "Specified HTTP method is not allowed for the request target.")

  static let unreadableBody = GraphFailure(
    400, "BadRequest",
    """
    Unable to read JSON request payload. Please ensure Content-Type header is set and payload is \
    of valid JSON format.
    """)

  static func unauthenticated(_ message: String) -> GraphFailure {
    GraphFailure(401, "InvalidAuthenticationToken", message)
  }

  static func notFound(_ id: String) -> GraphFailure {
    GraphFailure(
      404, "Request_ResourceNotFound",
      """
      Resource '\(id)' does not exist or one of its queried reference-property objects are not \
      present.
      """)
  }

  static func unknownSegment(_ segment: String) -> GraphFailure {
    GraphFailure(400, "BadRequest", "Resource not found for the segment '\(segment)'.")
  }

  static func concurrencyViolation(status: Int) -> GraphFailure {
    GraphFailure(
      status, "Directory_ConcurrencyViolation",
      "Error due to concurrent requests being made to the tenant. Please wait briefly and retry.")
  }

  /// The refusal that Graph gives for one of the directory's own.
  init(_ refusal: SecretRefusal, keyID: String = "") {
    switch refusal {
    case .unknownApplication:
      self = .notFound(keyID)
    case .unknownSecret:
      self.init(400, "Request_BadRequest", "No password credential found with keyId '\(keyID)'.")
    case .endsBeforeItStarts, .lifetimeBeyondPortal:
      self.init(
        400, "Request_BadRequest",
        "The endDateTime of a password credential must be later than its startDateTime.")
    case .forbiddenByPolicy(let policyID):
      self.init(
        400, "CredentialTypeNotAllowedAsPerAppPolicy",
        "Credential type not allowed as per assigned policy '\(policyID)'.")
    case .lifetimeForbiddenByPolicy(let policyID):
      self.init(
        400, "CredentialInvalidLifetimeAsPerAppPolicy",
        """
        Credential lifetime exceeds the max value allowed as per assigned policy '\(policyID)'.
        """)
    case .tooManySecrets(let limit):
      self.init(
        400, "TooManyAppPasswords",
        """
        Not allowed to add \(limit + 1) passwords. You can only add a maximum of \(limit) passwords.
        """)
    case .objectTooLarge:
      self.init(
        403, "Directory_ResourceSizeExceeded",
        """
        The size of the object has exceeded its limit. Please reduce the number of values and \
        retry your request.
        """)
    }
  }
}
