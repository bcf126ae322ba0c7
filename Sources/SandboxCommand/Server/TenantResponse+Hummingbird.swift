import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOFoundationCompat
import ServiceLifecycle
import SimulatedTenant

extension TenantResponse {
  /// Thrown into a body to end its connection.
  private struct EndOfConnection: Error {}

  private static let longestDelay: Double = 86_400

  /// Compresses the body where the client takes gzip, and cuts it where that is what goes wrong.
  mutating func compress(for request: TenantRequest, by compression: CompressedBodies) async {
    let takesGzip = request.headers["Accept-Encoding"]?.lowercased().contains("gzip") ?? false
    if takesGzip, body.count >= CompressedBodies.smallestBody,
      let compressed = await compression.gzip(body)
    {
      body = compressed
      headers["Content-Encoding"] = "gzip"
      headers["Vary"] = "Accept-Encoding"
    }
    if delivery == .cutShort { body = body.prefix(body.count / 2) }
  }

  /// The answer as it goes over the wire, or as it fails to.
  func response(
    in context: SandboxContext, after latency: Duration = .zero
  ) async throws -> Response {
    if latency > .zero {
      try await cancelWhenGracefulShutdown { try await Task.sleep(for: latency) }
    }
    switch delivery {
    case .normal, .cutShort:
      return response(body: ResponseBody(byteBuffer: ByteBuffer(data: body)))
    case .delayed(let seconds):
      let delay = Duration.seconds(min(max(seconds, 0), Self.longestDelay))
      try await cancelWhenGracefulShutdown { try await Task.sleep(for: delay) }
      return response(body: ResponseBody(byteBuffer: ByteBuffer(data: body)))
    case .connectionClosed:
      try await context.channel.close()
      return response(body: ResponseBody())
    case .truncated(let promisedLength):
      let part = ByteBuffer(data: body)
      return response(
        body: ResponseBody(contentLength: promisedLength) { writer in
          try await writer.write(part)
          throw EndOfConnection()
        })
    case .huge(let bytes):
      return response(body: Self.spaces(bytes))
    }
  }

  private func response(body: ResponseBody) -> Response {
    var fields = HTTPFields()
    for field in headers.fields {
      let name = field.name == "Date" ? HTTPField.Name.tenantDate : HTTPField.Name(field.name)
      if let name { fields[name] = field.value }
    }
    // A fault may name any number; only a final status can be sent.
    let code = (200...599).contains(status) ? status : 500
    return Response(
      status: HTTPResponse.Status(code: code), headers: fields,
      body: status == 204 ? ResponseBody() : body)
  }

  /// White space, which a JSON parser has to read to its end.
  private static func spaces(_ count: Int) -> ResponseBody {
    let chunk = ByteBuffer(repeating: UInt8(ascii: " "), count: 1 << 20)
    return ResponseBody(contentLength: count) { writer in
      var rest = count
      while rest > 0 {
        let length = min(rest, chunk.readableBytes)
        guard let slice = chunk.getSlice(at: chunk.readerIndex, length: length) else { return }
        try await writer.write(slice)
        rest -= length
      }
      try await writer.finish(nil)
    }
  }
}
