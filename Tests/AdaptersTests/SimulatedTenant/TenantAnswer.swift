import Foundation
import SimulatedTenant

/// An answer of the tenant, opened up for a test.
struct TenantAnswer {
  let response: TenantResponse
  let json: [String: Any]

  init(_ response: TenantResponse) {
    self.response = response
    json =
      (try? JSONSerialization.jsonObject(with: response.body)) as? [String: Any] ?? [:]
  }

  var status: Int { response.status }

  /// The object under `error`, as Graph and Dataverse write it.
  var error: [String: Any] { json["error"] as? [String: Any] ?? [:] }

  /// What stands in `error.code`.
  var code: String? { error["code"] as? String }

  /// The one number in `error_codes`, as the token endpoint writes it.
  var signInCode: Int? { (json["error_codes"] as? [Int])?.first }

  var values: [[String: Any]] { json["value"] as? [[String: Any]] ?? [] }

  func text(_ name: String) -> String? { json[name] as? String }

  func header(_ name: String) -> String? { response.headers[name] }
}
