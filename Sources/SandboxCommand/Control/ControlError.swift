import Foundation
import HTTPTypes
import Hummingbird
import SimulatedTenant

/// A refusal of the control interface, with a sentence for whoever asked.
struct ControlError: HTTPResponseError {
  let status: HTTPResponse.Status
  let message: String

  init(_ status: HTTPResponse.Status, _ message: String) {
    self.status = status
    self.message = message
  }

  init(_ refusal: SecretRefusal) {
    switch refusal {
    case .unknownApplication: self.init(.notFound, "no application has this client id")
    case .unknownSecret: self.init(.notFound, "the application has no secret with this key id")
    case .endsBeforeItStarts: self.init(.badRequest, "a secret must live for at least a day")
    case .lifetimeBeyondPortal:
      self.init(.badRequest, "the portal makes no secret that lives longer than 24 months")
    case .forbiddenByPolicy: self.init(.conflict, "a policy forbids client secrets")
    case .lifetimeForbiddenByPolicy: self.init(.conflict, "a policy forbids this lifetime")
    case .tooManySecrets(let limit):
      self.init(.conflict, "the application may have no more than \(limit) secrets")
    case .objectTooLarge: self.init(.conflict, "the application can take no more values")
    }
  }

  /// What a body that could not be decoded is missing or has too much.
  init(unreadable error: any Error) {
    let reason =
      switch error as? DecodingError {
      case .dataCorrupted(let context): context.debugDescription
      case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
      case .typeMismatch(_, let context), .valueNotFound(_, let context):
        "'\(context.codingPath.map(\.stringValue).joined(separator: "."))': "
          + context.debugDescription
      default: "the body is not the JSON that is wanted here"
      }
    self.init(.badRequest, reason)
  }

  func response(from request: Request, context: some RequestContext) throws -> Response {
    var response = try context.responseEncoder.encode(
      ControlProblem(error: message), from: request, context: context)
    response.status = status
    return response
  }
}
