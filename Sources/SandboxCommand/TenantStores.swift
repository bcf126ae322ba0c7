import Foundation
import SimulatedTenant

/// The tenants of the sandbox; most have one.
struct TenantStores: Sendable {
  /// The tenant that answers what names none.
  let first: TenantStore
  /// How long every answer of a service takes at least.
  let latency: Duration
  let compression = CompressedBodies()
  private let stores: [TenantStore]
  private let storesByName: [String: TenantStore]

  /// Takes over tenants.
  ///
  /// - Parameters:
  ///   - first: The tenant that answers what names none.
  ///   - others: Further tenants.
  ///   - latency: How long every answer of a service takes at least.
  ///   - clock: The machine's.
  init(
    first: Tenant, others: [Tenant] = [], latency: Duration = .zero,
    clock: @escaping @Sendable () -> Date
  ) {
    self.latency = latency
    let tenants = [first] + others
    stores = tenants.map { TenantStore($0, clock: clock) }
    self.first = stores[0]
    storesByName = Dictionary(
      zip(tenants, stores).flatMap { [($0.0.id, $0.1), ($0.0.domain, $0.1)] }
    ) { first, _ in first }
  }

  /// Makes base URLs known as every service of every tenant.
  func serve(at baseURLs: [String]) async {
    for store in stores { await store.serve(at: baseURLs) }
  }

  /// The tenant with a directory id or a domain; the first one for `nil`.
  func store(named name: String?) -> TenantStore? {
    name.map { storesByName[$0.lowercased()] } ?? first
  }

  /// The tenant that a request is for: the one in the path of the token service, otherwise the one
  /// that the access token was made by.
  func store(for request: TenantRequest) -> TenantStore {
    guard stores.count > 1 else { return first }
    let segment = request.path.split(separator: "/").first.map { $0.lowercased() } ?? ""
    if let named = storesByName[segment] { return named }
    return Self.tenantID(in: request).flatMap { storesByName[$0] } ?? first
  }

  /// The claim `tid` of a bearer token; whether the token is good is for the tenant to say.
  private static func tenantID(in request: TenantRequest) -> String? {
    let parts = request.headers["Authorization"]?.split(separator: ".") ?? []
    guard parts.count == 3 else { return nil }
    let text = parts[1].replacingOccurrences(of: "-", with: "+")
      .replacingOccurrences(of: "_", with: "/")
    let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
    guard let data = Data(base64Encoded: text + padding) else { return nil }
    struct Claims: Decodable { var tid: String? }
    return try? JSONDecoder().decode(Claims.self, from: data).tid?.lowercased()
  }
}
