import Foundation
import Hummingbird
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL

/// Puts the server together.
///
/// - Parameters:
///   - stores: The tenants.
///   - certificate: What the server shows to its clients.
///   - port: The port on 127.0.0.1; 0 takes any that is free.
///   - logger: Where the server tells of its own troubles.
///   - onListening: Called with the port once connections are accepted.
/// - Returns: The application, to be run.
/// - Throws: An error of NIOSSL where the certificate or its key cannot be read.
func buildApplication(
  stores: TenantStores, certificate: IssuedCertificate, port: Int, logger: Logger,
  onListening: @escaping @Sendable (Int) async -> Void
) throws -> some ApplicationProtocol {
  let router = Router(context: SandboxContext.self)
  router.addRoutes(LoginController(stores: stores).endpoints)
  router.addRoutes(GraphController(stores: stores).endpoints)
  router.addRoutes(DataverseController(stores: stores).endpoints)
  router.addRoutes(ResourceManagerController(stores: stores).endpoints)
  router.addRoutes(MachineController(stores: stores).endpoints)
  router.addRoutes(ControlController(stores: stores).endpoints)
  router.addRoutes(ControlPageController(store: stores.first).endpoints)
  var tls = TLSConfiguration.makeServerConfiguration(
    certificateChain: [
      .certificate(
        try NIOSSLCertificate(bytes: Array(certificate.certificatePEM.utf8), format: .pem))
    ],
    privateKey: .privateKey(
      try NIOSSLPrivateKey(bytes: Array(certificate.keyPEM.utf8), format: .pem)))
  tls.applicationProtocols = ["http/1.1"]
  // A client that keeps its connection open must not keep the server from stopping.
  tls.shutdownTimeout = .milliseconds(500)
  return Application(
    router: router,
    server: try .tls(
      .http1(configuration: .init(additionalChannelHandlers: [TenantDateHandler()])),
      tlsConfiguration: tls),
    configuration: .init(address: .hostname("127.0.0.1", port: port)),
    onServerRunning: { await onListening($0.localAddress?.port ?? port) },
    logger: logger)
}
