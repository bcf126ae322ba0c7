import Foundation
import HTTPTypes
import Hummingbird
import SimulatedTenant

/// The control interface as JSON, under `/_sandbox/`.
///
/// Where there are several tenants, `?tenant=` names one by its directory id; otherwise the first
/// is meant.
struct ControlController {
  let stores: TenantStores

  var endpoints: RouteCollection<SandboxContext> {
    RouteCollection(context: SandboxContext.self)
      .add(middleware: SameOriginMiddleware())
      .get("_sandbox/state", use: state)
      .get("_sandbox/requests", use: requests)
      .post("_sandbox/clock", use: setClock)
      .put("_sandbox/faults", use: setFaults)
      .delete("_sandbox/faults", use: clearFaults)
      .post("_sandbox/applications", use: createApplication)
      .get("_sandbox/applications/:appID", use: application)
      .delete("_sandbox/applications/:appID", use: deleteApplication)
      .post("_sandbox/applications/:appID/restore", use: restoreApplication)
      .post("_sandbox/changes", use: change)
      .get("_sandbox/device-codes", use: deviceCodes)
      .post("_sandbox/device-codes", use: answerDeviceCode)
      .post("_sandbox/applications/:appID/secrets", use: createSecret)
      .delete("_sandbox/applications/:appID/secrets/:keyID", use: deleteSecret)
  }

  @Sendable private func state(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    try context.responseEncoder.encode(
      TenantState(try await store(request).current()), from: request, context: context)
  }

  @Sendable private func requests(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    try context.responseEncoder.encode(
      try await store(request).requests(), from: request, context: context)
  }

  @Sendable private func setClock(
    _ request: Request, context: SandboxContext
  ) async throws -> ClockReading {
    let change = try await body(ClockChange.self, of: request, context)
    switch (change.advanceSeconds, change.set) {
    case (let seconds?, nil):
      try await store(request).advance(by: seconds)
    case (nil, let text?):
      guard let moment = WireTime.parse(text) else {
        throw ControlError(.badRequest, "'\(text)' is no RFC 3339 time")
      }
      try await store(request).set(to: moment)
    default:
      throw ControlError(.badRequest, "give either 'advance_seconds' or 'set'")
    }
    return ClockReading(now: WireTime.graph(try await store(request).current().now))
  }

  @Sendable private func setFaults(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    let faults = try await body(Faults.self, of: request, context)
    try await store(request).set(faults)
    return try context.responseEncoder.encode(faults, from: request, context: context)
  }

  @Sendable private func clearFaults(
    _ request: Request, context: SandboxContext
  ) async throws -> HTTPResponse.Status {
    try await store(request).set(Faults())
    return .noContent
  }

  @Sendable private func createApplication(
    _ request: Request, context: SandboxContext
  ) async throws -> EditedResponse<CreatedApplication> {
    let wish = try await body(NewApplication.self, of: request, context)
    let daysLeft = wish.daysLeft ?? 23
    guard SeededTenant.daysLeft.contains(daysLeft) else {
      throw ControlError(.badRequest, "'days_left' is a number from -3650 to 3650")
    }
    let application = try await store(request).createApplication(
      displayName: wish.displayName ?? "Magentrix D365 OAuth 2", daysLeft: daysLeft)
    return EditedResponse(
      status: .created,
      response: CreatedApplication(
        appId: application.appID, objectId: application.objectID,
        secret: CreatedSecret(application.history[0])))
  }

  @Sendable private func application(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    let tenant = try await store(request).current()
    guard let found = context.parameters.get("appID").flatMap({ tenant.application(appID: $0) })
    else { throw ControlError(.unknownApplication) }
    return try context.responseEncoder.encode(
      TenantState.Application(found), from: request, context: context)
  }

  @Sendable private func createSecret(
    _ request: Request, context: SandboxContext
  ) async throws -> EditedResponse<CreatedSecret> {
    let wish = try await body(NewSecret.self, of: request, context)
    let secret: IssuedSecret
    let store = try store(request)
    do throws(SecretRefusal) {
      secret = try await store.createSecret(
        appID: try parameter("appID", context), displayName: wish.displayName,
        days: wish.days ?? 730)
    } catch {
      throw ControlError(error)
    }
    return EditedResponse(status: .created, response: CreatedSecret(secret))
  }

  @Sendable private func deleteSecret(
    _ request: Request, context: SandboxContext
  ) async throws -> HTTPResponse.Status {
    let store = try store(request)
    do throws(SecretRefusal) {
      try await store.deleteSecret(
        appID: try parameter("appID", context), keyID: try parameter("keyID", context))
    } catch {
      throw ControlError(error)
    }
    return .noContent
  }

  @Sendable private func deviceCodes(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    let codes = try await store(request).current().deviceAuthorizations.map(DeviceCodeState.init)
    return try context.responseEncoder.encode(codes, from: request, context: context)
  }

  @Sendable private func answerDeviceCode(
    _ request: Request, context: SandboxContext
  ) async throws -> HTTPResponse.Status {
    let answer = try await body(DeviceCodeAnswer.self, of: request, context)
    guard try await store(request).answerDeviceCode(answer.userCode, approves: answer.approve)
    else {
      throw ControlError(.notFound, "no device code '\(answer.userCode)' waits for an answer")
    }
    return .noContent
  }

  /// Deletes it for 30 days, or for good with `?for_good=true`.
  @Sendable private func deleteApplication(
    _ request: Request, context: SandboxContext
  ) async throws -> HTTPResponse.Status {
    let store = try store(request)
    do throws(SecretRefusal) {
      try await store.deleteApplication(
        appID: try parameter("appID", context),
        forGood: request.uri.queryParameters["for_good"] == "true")
    } catch {
      throw ControlError(error)
    }
    return .noContent
  }

  @Sendable private func restoreApplication(
    _ request: Request, context: SandboxContext
  ) async throws -> HTTPResponse.Status {
    let store = try store(request)
    do throws(SecretRefusal) {
      try await store.restoreApplication(appID: try parameter("appID", context))
    } catch {
      throw ControlError(error)
    }
    return .noContent
  }

  /// Lets a day pass for a share of the applications.
  @Sendable private func change(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    let wish = try await body(ChangesWish.self, of: request, context)
    let share = wish.share ?? 0.001
    guard (0...1).contains(share) else {
      throw ControlError(.badRequest, "'share' is a number from 0 to 1")
    }
    let changes = try await store(request).changeShare(share, seed: wish.seed ?? 1)
    return try context.responseEncoder.encode(changes, from: request, context: context)
  }

  /// The tenant that a request is about.
  private func store(_ request: Request) throws -> TenantStore {
    let name = request.uri.queryParameters["tenant"].map(String.init)
    guard let store = stores.store(named: name) else {
      throw ControlError(.notFound, "there is no tenant '\(name ?? "")'")
    }
    return store
  }

  private func parameter(
    _ name: String, _ context: SandboxContext
  ) throws(SecretRefusal) -> String {
    guard let value = context.parameters.get(name) else { throw .unknownApplication }
    return value
  }

  private func body<Body: Decodable>(
    _ type: Body.Type, of request: Request, _ context: SandboxContext
  ) async throws -> Body {
    let buffer = try await request.body.collect(upTo: context.maxUploadSize)
    do {
      return try context.requestDecoder.decode(type, from: Data(buffer.readableBytesView))
    } catch {
      throw ControlError(unreadable: error)
    }
  }
}
