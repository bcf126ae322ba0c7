/// The configuration that `keyturn init` writes: every key, explained where it stands.
///
/// A comment begins with `#` and a space; `#` right before a word hides a key. The file loads as it
/// is, without a connection, and with every hidden key brought out as well.
public enum ConfigurationTemplate {
  /// The text of the file, for a database and a key file at these paths.
  public static func text(database: String, keyFile: String) -> String {
    """
    # keyturn: which client secrets there are, who uses them, and when something is due.
    #
    # A '#' right before a word hides a key: remove it to use the key. Most hidden keys show their
    # defaults. Secrets never stand in this file; `keyturn record NAME` takes them.
    # Periods are written 90d, 12h, 10m (minutes), 24 months. Relative paths start at this folder.

    # The database: the records, sealed, and the audit trail.
    database: \(scalar(database))

    # The key that seals the records.
    store:
      # A file that nobody else may read. In its place may stand key_command: [PROGRAM, ARGUMENT],
      # a program that prints the key. Without either, keyturn takes the systemd credential
      # "keyturn.key" if the service has one.
      key_file: \(scalar(keyFile))

    # The tenants, each with a name of your own.
    tenants:
      #contoso:
        # The directory (tenant) id from the Microsoft Entra admin center, or a verified domain.
        #id: aaaabbbb-0000-cccc-1111-dddd2222eeee
        # public, us-government, us-dod or china.
        #cloud: public
        # Lets keyturn use Microsoft Graph: it reads when secrets really end, and can make them.
        # Without it, lifetimes are what you record, and secrets are made in the portal.
        #graph:
          # With whose rights: connection (the application that the secret belongs to),
          # certificate, client-secret, managed-identity, workload-identity, azure-cli, device-code.
          #sign_in: connection
          # What is looked at: the applications of the connections, or all of the tenant; all takes
          # the application permission Application.Read.All.
          #observe: connections
          # How long reading all of them may take, with all waiting.
          #observe_timeout: 1h
          # all may have an include: [certificates, service-principals, sign-ins], for what is looked
          # at beside the client secrets of applications; sign-ins takes AuditLog.Read.All as well.
          # certificate takes client_id: and certificate_file: (PEM, key and certificate).
          # client-secret takes client_id: and client_secret_file:, or client_secret_command:
          # [PROGRAM, ARGUMENT]. managed-identity and device-code may have a client_id:,
          # workload-identity a client_id: and a token_file:.
      # An authorization server other than Microsoft Entra has nothing but its token endpoint.
      #partner-idp:
        #token_endpoint: https://idp.example.com/oauth2/token

    # The connections: one client secret each, with what it opens and who uses it.
    connections:
      #magentrix-d365:
        # One of the tenants above.
        #tenant: contoso
        # The application (client) id of the app registration.
        #client_id: 00001111-aaaa-2222-bbbb-3333cccc4444
        # The Dynamics 365 environment that the secret opens. For any other resource write
        # scope: https://RESOURCE/.default in its place.
        #environment: https://contoso.crm.dynamics.com
        # What the display name of every new secret begins with; at most 80 characters.
        #secret_name: Magentrix D365 Secret
        # Who has to be told: magentrix, manual (another program that somebody updates) or none.
        # Several are listed: consumers: [{ name: partners, type: magentrix }, manual].
        #consumer: magentrix
        # The address of the Magentrix portal, for the link in the hand-over.
        #portal: https://partners.contoso.com
        # Who looks after this connection.
        #owner: crm-admins@contoso.com
        # Any key of the policy below, for this connection alone.
        #policy: { grace: 14d }

    # How a secret is proven.
    #validation:
      # How many calls in a row must succeed before a new secret is trusted, 1 to 20.
      #successes: 3
      # The time between two of them, 1s to 1h.
      #interval: 5s
      # When to give up waiting for a new secret, up to 1h.
      #timeout: 10m
      # How long a proof of the current secret holds: a little less than the time between two checks.
      #every: 20h

    # When something is due.
    #policy:
      # How long a secret lives that is recorded by the day it was made.
      #lifetime: 24 months
      # How long before its end each warning comes.
      #warn_before: [90d, 60d, 30d, 14d, 7d, 3d, 1d]
      # When a warning becomes critical.
      #critical_before: 7d
      # guided: keyturn leads, and you make the secret in the portal.
      # automatic: `keyturn check` makes it through Microsoft Graph; the tenant needs graph:.
      #rotate: guided
      # automatic: how long before the end of a secret the nightly check replaces it.
      #rotate_before: 30d
      # automatic: whether the next secret is made and proven long before it is needed.
      #standby: false
      # How long the previous secret stays valid after the hand-over.
      #grace: 7d

    # Certificate authorities that are trusted beside those of the system, in PEM.
    #tls: { ca_file: /etc/ssl/private-ca.pem }

    # The proxy for every call; without it, HTTPS_PROXY and NO_PROXY decide.
    #proxy: http://proxy.contoso.com:3128

    # Who is told of what the nightly check finds: each thing once for each threshold. Without it,
    # the check's output and its exit status tell.
    #notify:
      # Where messages go, each way with a name of your own; try one with: keyturn notify test NAME
      #routes:
        #admins:
          # Mail by the machine's sendmail; the word owner is the owner of each connection, and
          # application-owners are the owners, in the tenant, of applications that are observed.
          # via: graph sends it with the mailbox of from: instead, in the tenant that tenant: names.
          #email: { to: [crm-admins@contoso.com, owner], from: keyturn@contoso.com, via: sendmail }
        #chat:
          # A file of your own with the address. format: teams, slack or json; json may be signed
          # with a secret_file: and have its address here as url:.
          #webhook: { url_file: /etc/keyturn/teams.url, format: teams }
        #pager:
          #alertmanager: { url: "http://127.0.0.1:9093" }
        #script:
          # A program that gets the message as JSON on standard input.
          #command: [/usr/local/bin/tell]
      # Every rule that fits sends; without rules, everything goes to every route. severity: warning,
      # unknown or critical, and worse. within: so close to the end of the secret. tenant:,
      # connection: and owner: take names, in which * stands for anything.
      #rules: [{ route: admins }, { route: pager, severity: critical, within: 14d }, { route: chat, connection: "magentrix-*" }]

    # A file for node_exporter's textfile collector.
    #metrics: { textfile: /var/lib/prometheus/node-exporter/keyturn.prom }

    # An address that expects a call each night (healthchecks and its like), or url_file: with it.
    #heartbeat: { url_file: /etc/keyturn/heartbeat.url }

    """
  }

  /// A text as YAML that means nothing else.
  private static func scalar(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      WebAddress.isLetterOrDigit(byte) || "/._-".utf8.contains(byte)
    }
    if isPlain, text.hasPrefix("/") {
      return text
    }
    let escaped = text.flatMap { "\"\\".contains($0) ? "\\\($0)" : "\($0)" }
    return "\"\(String(escaped))\""
  }
}
