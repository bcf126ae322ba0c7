/// A refusal by the Dataverse Web API; 401 has no body.
///
/// See
/// <https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors>.
struct DataverseFailure: Error, Sendable, Equatable {
  let status: Int
  let code: String
  let message: String

  init(_ status: Int, _ code: String, _ message: String) {
    self.status = status
    self.code = code
    self.message = message
  }

  static let unauthenticated = DataverseFailure(401, "", "")

  static let notAMember = DataverseFailure(
    403, "0x80072560", "The user is not a member of the organization.")

  static func unknownSegment(_ segment: String) -> DataverseFailure {
    DataverseFailure(404, "0x8006088a", "Resource not found for the segment '\(segment)'.")
  }

  static func disabled(_ userID: String) -> DataverseFailure {
    DataverseFailure(
      403, "0x80040225",
      "The specified user(Id = \(userID)) is disabled. Consider enabling this user.")
  }

  static func missingPrivilege(_ userID: String) -> DataverseFailure {
    DataverseFailure(
      403, "0x80040220",
      """
      Principal user (Id=\(userID), type=8) is missing prvReadUser privilege \
      (Id=7bc3ff8e-3ae9-4e4c-9f1b-5f5ddcb5f1d8) on OTC=8 for entity 'systemuser'.
      """)
  }

  /// The service protection limits.
  ///
  /// See <https://learn.microsoft.com/power-apps/developer/data-platform/api-limits>.
  static let limits = [
    "0x80072322":
      "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
    "0x80072321": """
    Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over \
    time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of \
    requests and try again later.
    """,
    "0x80072326": "Number of concurrent requests exceeded the limit of 52.",
  ]
}
