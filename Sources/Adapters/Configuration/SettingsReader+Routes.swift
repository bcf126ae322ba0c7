import Foundation
import Keyturn
import Yams

/// `routes:` of `notify:`.
extension SettingsReader {
  /// One route; nil after a complaint.
  mutating func route(_ entry: Entry, _ tenants: [String: AuthorizationServer?]) -> Route? {
    let example = "\(entry.name): { email: { to: [crm-admins@contoso.com], from: … } }"
    guard isName(entry, of: "route"),
      var section = section(entry, "route '\(entry.name)'", example: example)
    else { return nil }
    let kinds = ["email", "webhook", "alertmanager", "command"]
      .compactMap { section.take($0) }
    close(section, .route)
    guard let kind = kinds.first, kinds.count == 1 else {
      complain(
        at: kinds.last?.place ?? entry.place,
        "\(section.title) has \(kinds.isEmpty ? "no way" : "\(kinds.count) ways") to go: write one "
          + "of 'email', 'webhook', 'alertmanager' and 'command'")
      return nil
    }
    let channel: Route.Channel? =
      switch kind.name {
      case "email": email(kind, tenants).map { .email($0) }
      case "webhook": webhook(kind).map { .webhook($0) }
      case "alertmanager": alertmanager(kind).map { .alertmanager($0) }
      default: command(kind, example: "[/usr/local/bin/tell]").map { .command($0) }
      }
    return channel.map { Route(name: entry.name, channel: $0) }
  }

  // MARK: Mail

  private mutating func email(
    _ entry: Entry, _ tenants: [String: AuthorizationServer?]
  ) -> EmailChannel? {
    let example = "email: { to: [crm-admins@contoso.com], from: keyturn@contoso.com }"
    guard var section = section(entry, "'email'", example: example) else { return nil }
    let to = required("to", in: &section, example: "[crm-admins@contoso.com, owner]")
      .flatMap { recipients($0, tenants) }
    let from = required("from", in: &section, example: "keyturn@contoso.com")
      .flatMap { address($0) }
    let via = section.take("via").map { word($0, of: ["sendmail", "graph"]) } ?? "sendmail"
    let tenant = section.take("tenant")
    close(section, .email)
    guard let to, let from, let via else { return nil }
    guard via == "graph" else {
      if let tenant {
        complain(at: tenant.place, "'tenant' belongs to 'via: graph': leave it out")
      }
      return EmailChannel(to: to, from: from)
    }
    return graphTenant(tenant, tenants, at: entry.place).map {
      EmailChannel(to: to, from: from, carrier: .graph($0))
    }
  }

  private mutating func recipients(
    _ entry: Entry, _ tenants: [String: AuthorizationServer?]
  ) -> [EmailChannel.Recipient]? {
    guard let items = list(entry, example: "[crm-admins@contoso.com, owner]") else { return nil }
    guard (1...50).contains(items.count) else {
      complain(at: entry.valuePlace, "'to' has 1 to 50 addresses, not \(items.count)")
      return nil
    }
    let recipients = items.compactMap { item -> EmailChannel.Recipient? in
      switch item.value.scalar?.string {
      case "owner": return .owner
      case "application-owners":
        let isObserved = tenants.values.contains { $0?.graph?.observesAll ?? false }
        if !isObserved {
          complain(
            at: item.valuePlace,
            "'application-owners' needs a tenant whose applications are observed: write observe: all"
              + " below its graph:")
        }
        return .applicationOwners
      default: return address(item).map { .address($0) }
      }
    }
    return recipients.count == items.count ? recipients : nil
  }

  /// A plain mail address: no display name, and nothing that would end a header.
  private mutating func address(_ entry: Entry) -> String? {
    guard let text = text(entry, example: "crm-admins@contoso.com") else { return nil }
    guard EmailAddress(text) != nil else {
      complain(
        at: entry.valuePlace,
        "'\(entry.name)' takes a mail address such as crm-admins@contoso.com"
          + (entry.name == "to" ? ", or the word owner or application-owners" : "")
          + ", not \(text.quotedUnlessSecret)")
      return nil
    }
    return text
  }

  private mutating func graphTenant(
    _ entry: Entry?, _ tenants: [String: AuthorizationServer?], at place: Place
  ) -> AuthorizationServer? {
    let able = tenants.values.compactMap { $0 }.filter { $0.graph?.isUnattended == true }
    guard let entry else {
      if able.count == 1 { return able[0] }
      complain(
        at: place,
        able.isEmpty
          ? "'via: graph' needs a tenant with 'graph:' and a sign-in that needs nobody"
          : "'via: graph' needs to know whose mail it is: write tenant: \(able[0].name)")
      return nil
    }
    guard let name = content(entry, example: "contoso") else { return nil }
    if let tenant = able.first(where: { $0.name == name }) { return tenant }
    complain(
      at: entry.valuePlace,
      "there is no tenant \(name.quotedUnlessSecret) with 'graph:' and a sign-in that needs nobody")
    return nil
  }

  // MARK: Web addresses

  private mutating func webhook(_ entry: Entry) -> WebhookChannel? {
    let example = "webhook: { url_file: /etc/keyturn/teams.url, format: teams }"
    guard var section = section(entry, "'webhook'", example: example) else { return nil }
    let formats = WebhookChannel.Format.allCases.map(\.rawValue)
    let word = section.take("format").map { self.word($0, of: formats) } ?? "json"
    let format = word.flatMap(WebhookChannel.Format.init(rawValue:))
    let address = webhookAddress(&section, format)
    let secret = section.take("secret_file")
    let secretFile = secret.map {
      path($0, example: "/etc/keyturn/webhook.secret", insteadOfSecret: "name a file")
    }
    close(section, .webhook)
    if let secret, let format, format != .json {
      complain(
        at: secret.place,
        "'secret_file' signs 'format: json'; \(format.rawValue) knows no signature")
      return nil
    }
    guard let format, let address, secret == nil || secretFile != .some(nil) else { return nil }
    return WebhookChannel(address: address, format: format, secretFile: secretFile ?? nil)
  }

  private mutating func webhookAddress(
    _ section: inout Section, _ format: WebhookChannel.Format?
  ) -> WebhookChannel.Address? {
    switch (section.take("url"), section.take("url_file")) {
    case (let url?, nil):
      guard format == .json || format == nil else {
        complain(
          at: url.place,
          "whoever knows this 'url' can write there, so it is a secret: put it into a file that "
            + "nobody else may read, and write url_file: /etc/keyturn/webhook.url")
        return nil
      }
      return self.url(url, example: "https://hooks.contoso.com/keyturn").map { .url($0) }
    case (nil, let file?):
      return path(
        file, example: "/etc/keyturn/webhook.url", insteadOfSecret: "name the file it stands in"
      ).map { .file($0) }
    case (_?, let file?):
      complain(at: file.place, "'url_file' stands beside 'url': keep one")
    case (nil, nil):
      complain(
        at: section.place, "'webhook' has no address: write url_file: /etc/keyturn/webhook.url")
    }
    return nil
  }

  private mutating func alertmanager(_ entry: Entry) -> URL? {
    let example = "alertmanager: { url: \"http://127.0.0.1:9093\" }"
    guard var section = section(entry, "'alertmanager'", example: example) else { return nil }
    let url = required("url", in: &section, example: "http://127.0.0.1:9093").flatMap {
      self.url($0, example: "http://127.0.0.1:9093")
    }
    close(section, .alertmanager)
    return url
  }
}
