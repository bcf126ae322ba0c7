import Foundation
import Keyturn

/// The machine's `sendmail` command.
struct Sendmail: Sendable {
  let context: Context
  /// The variables of the process.
  let environment: [String: String]
  /// Where the command is where it is not in `PATH`; cron's has no `/usr/sbin` everywhere.
  var places = ["/usr/sbin/sendmail", "/usr/lib/sendmail"]

  /// Hands the mail over.
  ///
  /// Returns: what took it. Throws: ``DeliveryFailure``.
  func send(_ mail: Mail) async throws(DeliveryFailure) -> String {
    guard let path = path else {
      throw DeliveryFailure(
        .refused, "there is no sendmail command on this machine",
        remedy:
          "install one (Debian: apt install msmtp-mta, or dma), or send through Microsoft Graph"
          + " (via: graph)")
    }
    let program = ExternalProgram(
      path: path, arguments: Self.arguments(mail),
      environment: environment.passedOn("PATH", "HOME", "LANG", "USER", "LOGNAME"),
      context: context)
    let ending: ExternalProgram.Ending
    do {
      ending = try await program.run(input: Data(mail.text(newline: "\n").utf8))
    } catch {
      throw DeliveryFailure(error, of: path.shown(upTo: 100))
    }
    guard ending.status != 0 else {
      let words = ending.output.firstLine()
      return words.isEmpty ? "taken by \(path.shown(upTo: 100))" : words
    }
    throw Self.failure(ending, of: path.shown(upTo: 100))
  }

  private var path: String? {
    ExternalProgram.find("sendmail", in: environment)
      ?? places.first { ExternalProgram.find($0, in: environment) != nil }
  }

  /// The receivers are arguments, and a dot alone on a line does not end the mail (`-i`).
  ///
  /// With `-t` sendmail would take them from the header, and whoever got a line into it would
  /// choose them.
  private static func arguments(_ mail: Mail) -> [String] {
    ["-i", "-f", mail.from.description, "--"] + mail.to.map(\.description)
  }

  // MARK: - What its exit status means

  /// Source: sysexits.h, as sendmail, postfix, exim and msmtp use it.
  private static func failure(
    _ ending: ExternalProgram.Ending, of path: String
  ) -> DeliveryFailure {
    let words = [ending.errors, ending.output].map { $0.firstLine() }.first { !$0.isEmpty }
    let said = words.map { ": \($0)" } ?? ""
    guard let status = ending.status else {
      return DeliveryFailure(
        .uncertain, "\(path) was ended by a signal\(said)",
        remedy: "find out who ended it; the mail is sent again with the same Message-ID")
    }
    let (outcome, remedy) = meaning(of: status)
    return DeliveryFailure(
      outcome, "\(path) ended with exit status \(status)\(name(of: status))\(said)", remedy: remedy)
  }

  private static func meaning(of status: Int32) -> (DeliveryFailure.Outcome, String) {
    switch status {
    case 64: (.refused, "use a sendmail command that takes: sendmail -i -f FROM -- ADDRESS")
    case 65, 67, 68:
      (.refused, "check the addresses, and whether the mail server takes mail for them")
    case 69, 72: (.refused, "check the mail server that the sendmail command is configured for")
    case 75: (.refused, "nothing, if it passes; otherwise check the mail server's log")
    case 77: (.refused, "check the user name and the password in the mail system's configuration")
    case 78: (.refused, "correct the mail system's configuration (msmtp: /etc/msmtprc)")
    // It may have been in the middle of handing it over: software, system, input/output, protocol.
    case 70, 71, 74, 76:
      (.uncertain, "see the mail system's log; the mail is sent again with the same Message-ID")
    default: (.refused, "see the mail system's log, and send a mail by hand as the same user")
    }
  }

  private static func name(of status: Int32) -> String {
    let names: [Int32: String] = [
      64: "EX_USAGE", 65: "EX_DATAERR", 66: "EX_NOINPUT", 67: "EX_NOUSER", 68: "EX_NOHOST",
      69: "EX_UNAVAILABLE", 70: "EX_SOFTWARE", 71: "EX_OSERR", 72: "EX_OSFILE", 73: "EX_CANTCREAT",
      74: "EX_IOERR", 75: "EX_TEMPFAIL", 76: "EX_PROTOCOL", 77: "EX_NOPERM", 78: "EX_CONFIG",
    ]
    return names[status].map { " (\($0))" } ?? ""
  }
}
