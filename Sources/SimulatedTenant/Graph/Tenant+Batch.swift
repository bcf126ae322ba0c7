import Foundation

/// `/$batch`: up to twenty requests in one, each with an answer of its own.
///
/// See <https://learn.microsoft.com/graph/json-batching>.
extension Tenant {
  private static let mostRequests = 20

  private struct Batch: Decodable {
    struct Request: Decodable {
      var id: String
      var method: String
      var url: String
      var headers: [String: String]?
    }

    var requests: [Request]
  }

  mutating func batchResponse(to request: TenantRequest) -> TenantResponse {
    do {
      let batch = try batch(in: request)
      var parts: [String] = []
      for item in batch.requests { parts.append(answer(to: item, in: request)) }
      // Real answers come in any order.
      let body = #"{"responses":[\#(parts.reversed().joined(separator: ","))]}"#
      return TenantResponse(
        status: 200, headers: graphHeaders(for: request), body: Data(body.utf8))
    } catch {
      return graphResponse(error, to: request)
    }
  }

  private mutating func batch(in request: TenantRequest) throws(GraphFailure) -> Batch {
    _ = try graphToken(of: request)
    guard request.method == "POST" else { throw .methodNotAllowed }
    guard let batch = try? JSONDecoder().decode(Batch.self, from: request.body) else {
      throw .unreadableBody
    }
    guard (1...Self.mostRequests).contains(batch.requests.count) else {
      throw GraphFailure(
        400, "BadRequest", "Number of batch request steps exceeds the maximum value of 20.")
    }
    guard Set(batch.requests.map(\.id)).count == batch.requests.count else {
      throw GraphFailure(400, "BadRequest", "Request Id has to be unique in a batch.")
    }
    // What changes something has a body, which nobody here sends that way.
    guard batch.requests.allSatisfy({ $0.method == "GET" }) else { throw .methodNotAllowed }
    return batch
  }

  private mutating func answer(to item: Batch.Request, in batch: TenantRequest) -> String {
    let version = batch.segments.first ?? "v1.0"
    var request = TenantRequest(item.method, "/\(version)\(item.url)")
    request.host = batch.host
    request.address = batch.address
    for (name, value) in item.headers ?? [:] { request.headers[name] = value }
    request.headers["Authorization"] = batch.headers["Authorization"]
    let response = respondAsGraph(to: request)
    let headers = JSON.object(
      response.headers.fields.map { (key: $0.name, value: .string($0.value)) })
    return #"{"id":\#(JSON.string(item.id).text),"status":\#(response.status),"#
      + #""headers":\#(headers.text),"body":\#(String(decoding: response.body, as: UTF8.self))}"#
  }
}
