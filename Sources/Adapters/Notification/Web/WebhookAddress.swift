import Foundation
import Keyturn

extension WebhookChannel.Address {
  /// The address itself, from the file where it stands in one; `receiver` is whose it is, for messages.
  ///
  /// Throws: ``DeliveryFailure`` where the file can't be read, may be read by others, or holds something
  /// else; it never quotes the content.
  public func read(for receiver: String) throws(DeliveryFailure) -> URL {
    let path: String
    switch self {
    case .url(let url): return url
    case .file(let file): path = file
    }
    let text: String
    do {
      text = try SecretFile(
        title: "the address of \(receiver)", path: path,
        restoring: "write the receiver's address into it, and chmod 600 it",
        exposed: "if others had access to it, make a new address at the receiver"
      ).read().trimmingCharacters(in: .whitespacesAndNewlines)
    } catch {
      throw DeliveryFailure(error)
    }
    guard let url = URL(string: text), url.host() != nil,
      ["https", "http"].contains(url.scheme?.lowercased() ?? "")
    else {
      throw DeliveryFailure(
        .refused, "the file \(path.shown()) holds no web address",
        remedy: "write the receiver's whole address into it, https://… and nothing else")
    }
    return url
  }
}
