import Adapters
import Keyturn

/// What an administrator does in a browser, while the command waits.
struct DeviceCodeSheet: Sendable {
  let prompt: DeviceCodePrompt

  /// Shows the page and the code.
  func show(on terminal: Terminal) {
    terminal.talk("Sign in to Microsoft, so that keyturn can use Microsoft Graph with your rights:")
    terminal.talk("  1. Open \(prompt.page) in a browser, on any device.")
    terminal.talk("  2. Enter the code \(prompt.code), which is valid until \(end).")
    terminal.talk("Waiting for the sign-in …")
  }

  /// "02:25 UTC".
  private var end: String {
    "\(Timestamp.format(prompt.expiresAt).dropFirst(11).prefix(5)) UTC"
  }
}
