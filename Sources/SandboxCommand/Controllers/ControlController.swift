import Foundation
import HTTPTypes
import Hummingbird
import SimulatedTenant

/// The control interface as JSON, under `/_sandbox/`.
struct ControlController {
  let store: TenantStore

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
      .get("_sandbox/device-codes", use: deviceCodes)
      .post("_sandbox/device-codes", use: answerDeviceCode)
      .post("_sandbox/applications/:appID/secrets", use: createSecret)
      .delete("_sandbox/applications/:appID/secrets/:keyID", use: deleteSecret)
  }

  @Sendable private func state(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    try context.responseEncoder.encode(
      TenantState(await store.current()), from: request, context: context)
  }

  @Sendable private func requests(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    try context.responseEncoder.encode(await store.requests(), from: request, context: context)
  }

  @Sendable private func setClock(
    _ request: Request, context: SandboxContext
  ) async throws -> ClockReading {
    let change = try await body(ClockChange.self, of: request, context)
    switch (change.advanceSeconds, change.set) {
    case (let seconds?, nil):
      try await store.advance(by: seconds)
    case (nil, let text?):
      guard let moment = WireTime.parse(text) else {
        throw ControlError(.badRequest, "'\(text)' is no RFC 3339 time")
      }
      try await store.set(to: moment)
    default:
      throw ControlError(.badRequest, "give either 'advance_seconds' or 'set'")
    }
    return ClockReading(now: WireTime.graph(await store.current().now))
  }

  @Sendable private func setFaults(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    let faults = try await body(Faults.self, of: request, context)
    await store.set(faults)
    return try context.responseEncoder.encode(faults, from: request, context: context)
  }

  @Sendable private func clearFaults(
    _ request: Request, context: SandboxContext
  ) async throws -> HTTPResponse.Status {
    await store.set(Faults())
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
    let application = await store.createApplication(
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
    let tenant = await store.current()
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
    let codes = await store.current().deviceAuthorizations.map(DeviceCodeState.init)
    return try context.responseEncoder.encode(codes, from: request, context: context)
  }

  @Sendable private func answerDeviceCode(
    _ request: Request, context: SandboxContext
  ) async throws -> HTTPResponse.Status {
    let answer = try await body(DeviceCodeAnswer.self, of: request, context)
    guard await store.answerDeviceCode(answer.userCode, approves: answer.approve) else {
      throw ControlError(.notFound, "no device code '\(answer.userCode)' waits for an answer")
    }
    return .noContent
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
