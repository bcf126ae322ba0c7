import Foundation
import NIOCore
import NIOPosix
import Testing
import NIOSSL
import Synchronization

/// A server on 127.0.0.1 that answers every request with the same script, byte by byte.
final class ScriptedServer: Sendable {
  /// One thing that the server does.
  enum Step: Sendable {
    /// Sends this text.
    case send(String)
    /// Sends these bytes.
    case sendBytes([UInt8])
    /// Sends so many bytes, as fast as they are taken.
    case flood(Int)
    /// Sends one byte again and again, so many seconds apart.
    case trickle(every: Double)
    /// Does nothing more, and keeps the connection.
    case stall
    /// Closes the connection.
    case close
  }

  /// What the server has seen.
  struct Log: Sendable {
    var connections = 0
    var requests: [String] = []
    var floodedBytes = 0
  }

  fileprivate let log = Mutex(Log())
  private let channel: Mutex<(any Channel)?> = Mutex(nil)

  var seen: Log { log.withLock { $0 } }

  /// Runs a server for as long as `body` does, and hands it the port.
  ///
  /// One that `isRude` answers the first bytes it gets, whatever they are.
  static func run<T>(
    _ script: [Step], tls: TLSConfiguration? = nil, isRude: Bool = false,
    _ body: (ScriptedServer, Int) async throws -> T
  ) async throws -> T {
    let server = ScriptedServer()
    let context = try tls.map { try NIOSSLContext(configuration: $0) }
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let context {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
          }
          try channel.pipeline.syncOperations.addHandler(
            ScriptHandler(script, server: server, isRude: isRude))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let port = channel.localAddress?.port ?? 0
    do {
      let result = try await body(server, port)
      try await channel.close()
      return result
    } catch {
      try await channel.close()
      throw error
    }
  }

}

/// A port on which nothing listens, and nobody else can either as long as this lives: a socket is
/// bound to it.
final class UnusedPort {
  let number: Int
  private let socket: Int32

  init() throws {
    socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let socket = socket
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, size) == 0 ? getsockname(socket, $0, &size) : -1
      }
    }
    number = Int(UInt16(bigEndian: address.sin_port))
    try #require(status == 0)
  }

  /// Listens without ever accepting, with so many connections waiting that there is no room for another.
  ///
  /// Returns: the sockets that wait.
  func listenWithFullQueue() throws -> [Int32] {
    try #require(listen(socket, 0) == 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    address.sin_port = in_port_t(UInt16(number).bigEndian)
    return (0..<8).map { _ in
      let client = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      _ = fcntl(client, F_SETFL, O_NONBLOCK)
      withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      return client
    }
  }

  deinit {
    close(socket)
  }
}

/// Plays the script after each whole request.
private final class ScriptHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let script: [ScriptedServer.Step]
  private let server: ScriptedServer
  private let isRude: Bool
  private var received = ""

  init(_ script: [ScriptedServer.Step], server: ScriptedServer, isRude: Bool) {
    self.script = script
    self.server = server
    self.isRude = isRude
  }

  func channelActive(context: ChannelHandlerContext) {
    server.log.withLock { $0.connections += 1 }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received += String(buffer: unwrapInboundIn(data))
    guard !isRude else { return play(script[...], context: context) }
    guard let end = received.firstRange(of: "\r\n\r\n") else { return }
    let length = received.firstMatch(of: /(?i)content-length: (\d+)/).flatMap { Int($0.1) } ?? 0
    guard received[end.upperBound...].utf8.count >= length else { return }
    server.log.withLock { [received] in $0.requests.append(received) }
    received = ""
    play(script[...], context: context)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func play(_ steps: ArraySlice<ScriptedServer.Step>, context: ChannelHandlerContext) {
    guard let step = steps.first else { return }
    switch step {
    case .send(let text):
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
      play(steps.dropFirst(), context: context)
    case .sendBytes(let bytes):
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
      play(steps.dropFirst(), context: context)
    case .flood(let count):
      flood(count, context: context) { self.play(steps.dropFirst(), context: context) }
    case .trickle(let seconds):
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: " ")), promise: nil)
      let again = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      context.eventLoop.scheduleTask(in: .milliseconds(Int64(seconds * 1_000))) {
        let (handler, context) = again.value
        if context.channel.isActive { handler.play(steps, context: context) }
      }
    case .stall:
      break
    case .close:
      context.close(promise: nil)
    }
  }

  /// Writes the next part only when the one before was taken, so that a reader who stops is seen.
  private func flood(
    _ count: Int, context: ChannelHandlerContext, then next: @escaping () -> Void
  ) {
    guard count > 0 else { return next() }
    let size = min(count, 65_536)
    let part = ByteBuffer(repeating: UInt8(ascii: "x"), count: size)
    let rest = NIOLoopBound((self, context, next), eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(part)).whenSuccess {
      let (handler, context, next) = rest.value
      handler.server.log.withLock { $0.floodedBytes += size }
      handler.flood(count - size, context: context, then: next)
    }
  }
}
