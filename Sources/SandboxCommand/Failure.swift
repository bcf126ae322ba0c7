import Foundation
import NIOCore

/// Why the sandbox could not start.
enum Failure: Error {
  case cannotCreate(any Error)
  case cannotListen(port: Int, IOError)

  /// The statuses of `sysexits.h`.
  var exitStatus: Int32 {
    switch self {
    case .cannotCreate: 73
    case .cannotListen: 69
    }
  }

  /// Says on standard error what happened and what to do next.
  func report() {
    let lines =
      switch self {
      case .cannotCreate(let error):
        [
          "error: cannot make the sandbox's files: \(error)",
          "hint: name another folder with --directory",
        ]
      case .cannotListen(let port, let error):
        [
          "error: cannot listen on 127.0.0.1:\(port): \(String(cString: strerror(error.errnoCode)))",
          "hint: --port 0 takes any free port",
        ]
      }
    for line in lines {
      FileHandle.standardError.write(Data("keyturn-sandbox: \(line)\n".utf8))
    }
  }
}
