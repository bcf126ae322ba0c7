import Keyturn

extension KeyturnError.Code {
  /// The one place where an error becomes an exit status; the numbers are those of sysexits(3).
  var exitStatus: Int32 {
    switch self {
    case .usage: 64
    case .badInput: 65
    case .unavailable: 69
    case .internal: 70
    case .cannotCreate: 73
    case .tryAgain: 75
    case .notPermitted: 77
    case .configuration: 78
    case .interrupted: 130
    }
  }
}
