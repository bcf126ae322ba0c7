import ArgumentParser
import SimulatedTenant

/// How long changes take to spread, in the words of the option.
enum Settle: String, ExpressibleByArgument, CaseIterable {
  case none, mild, slow

  static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

  var replication: Replication {
    switch self {
    case .none: .none
    case .mild: .mild
    case .slow: .slow
    }
  }
}
