/// A server certificate with its key, as PEM.
struct IssuedCertificate: Sendable {
  let certificatePEM: String
  let keyPEM: String
}
