import HTTPTypes
import NIOCore
import NIOHTTPTypes

extension HTTPField.Name {
  /// The tenant's `Date`, until the last handler puts it in its place.
  static let tenantDate = HTTPField.Name(parsed: "x-tenant-date")
}

/// Puts the tenant's time into the `Date` field.
///
/// The server sets the field from the machine's clock, after every router and middleware.
final class TenantDateHandler: ChannelOutboundHandler, RemovableChannelHandler {
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .head(var head) = unwrapOutboundIn(data), let name = HTTPField.Name.tenantDate,
      let date = head.headerFields[name]
    else {
      context.write(data, promise: promise)
      return
    }
    head.headerFields[name] = nil
    head.headerFields[.date] = date
    context.write(wrapOutboundOut(.head(head)), promise: promise)
  }
}
