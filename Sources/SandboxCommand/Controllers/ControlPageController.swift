import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import SimulatedTenant

/// The control page and its forms, which work without script.
struct ControlPageController {
  let store: TenantStore

  var endpoints: RouteCollection<SandboxContext> {
    RouteCollection(context: SandboxContext.self)
      .add(middleware: SameOriginMiddleware())
      .get("/", use: show)
      // Where a device code sends its user.
      .get("common/oauth2/deviceauth", use: show)
      .post("_sandbox/forms/device-codes", use: answerDeviceCode)
      .post("_sandbox/forms/clock", use: setClock)
      .post("_sandbox/forms/faults", use: setFaults)
      .post("_sandbox/forms/secrets", use: createSecret)
      .post("_sandbox/forms/secrets/delete", use: deleteSecret)
  }

  @Sendable private func show(_ request: Request, context: SandboxContext) async -> Response {
    await page()
  }

  @Sendable private func answerDeviceCode(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    let form = try await form(request, context)
    let isKnown = await store.answerDeviceCode(
      form["user_code"] ?? "", approves: form["answer"] == "approve")
    return isKnown ? backToPage : await page(.notFound, notice: "The code is no longer waited for.")
  }

  @Sendable private func setClock(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    let form = try await form(request, context)
    if let seconds = form["advance_seconds"].flatMap(Double.init) {
      try await store.advance(by: seconds)
    } else if let moment = form["set"].flatMap(WireTime.parse) {
      try await store.set(to: moment)
    } else {
      return await page(
        .badRequest, notice: "\(form["set"] ?? "") is no time such as 2028-02-29T00:00:00Z.")
    }
    return backToPage
  }

  @Sendable private func setFaults(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    await store.set(Faults(try await form(request, context)))
    return backToPage
  }

  /// Shows the value in the answer itself: no other page will ever show it again.
  @Sendable private func createSecret(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    let form = try await form(request, context)
    do throws(SecretRefusal) {
      let secret = try await store.createSecret(
        appID: form["app_id"] ?? "", displayName: form["display_name"],
        days: form["days"].flatMap { Int($0) } ?? 730)
      return await page(
        notice: """
          Secret ID <code>\(secret.keyID)</code><br>Value <code>\(secret.value)</code><br>\
          Copy the value now: it is not shown again.
          """)
    } catch {
      return await page(.conflict, notice: "\(ControlError(error).message)")
    }
  }

  @Sendable private func deleteSecret(
    _ request: Request, context: SandboxContext
  ) async throws -> Response {
    let form = try await form(request, context)
    do throws(SecretRefusal) {
      try await store.deleteSecret(appID: form["app_id"] ?? "", keyID: form["key_id"] ?? "")
      return backToPage
    } catch {
      return await page(.notFound, notice: "\(ControlError(error).message)")
    }
  }

  private func form(
    _ request: Request, _ context: SandboxContext
  ) async throws -> [String: String] {
    let buffer = try await request.body.collect(upTo: context.maxUploadSize)
    do {
      return try URLEncodedFormDecoder().decode(
        [String: String].self, from: String(buffer: buffer))
    } catch {
      throw ControlError(.badRequest, "the form cannot be read")
    }
  }

  /// A redirect after a form, so that reloading the page does nothing twice.
  private var backToPage: Response {
    Response(status: .seeOther, headers: [.location: "/"])
  }

  private func page(
    _ status: HTTPResponse.Status = .ok, notice: HTML? = nil
  ) async -> Response {
    let page = ControlPage(
      tenant: await store.current(), requests: await store.requests(), notice: notice)
    var headers: HTTPFields = [
      .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
      .xContentTypeOptions: "nosniff",
    ]
    headers[.contentSecurityPolicy] =
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    return Response(
      status: status, headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(string: page.html.markup)))
  }
}
