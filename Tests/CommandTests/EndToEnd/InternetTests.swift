import Foundation
import Testing

/// With no endpoint, port or authority configured: Microsoft's own names lead to the sandbox.
@Suite(
  .needs(.root, .program("unshare"), .program("ip"), .program("openssl")), .inTurn,
  .timeLimit(.minutes(30)))
struct InternetTests {
  @Test func `the public cloud is the default, and nothing else has to be said`() async throws {
    try await Programs.withFolder { folder in
      let directory = "72f988bf-86f1-41af-91ab-2d7cd011db47"
      let story = """
        set -eu
        id=$(sed -n 's/^ *client_id: *//p' sandbox/keyturn.yaml)
        cat > keyturn.yaml << END
        database: \(folder.path)/keyturn.db
        store: { key_file: \(folder.path)/store.key }
        tenants:
          contoso: { id: \(directory) }
        connections:
          \(Stage.name):
            tenant: contoso
            client_id: $id
            environment: https://contoso.crm.dynamics.com
            secret_name: Magentrix D365 Secret
            consumer: magentrix
        END
        chmod 600 keyturn.yaml
        "$keyturn" init
        "$keyturn" record \(Stage.name) --expires 2027-01-01 --secret-stdin < sandbox/seeded-secret
        "$keyturn" validate
        # What stands in the one large file is in the directory too, by the hash of its name: then that
        # is what is read. Here the large file holds another authority, so that it would not help.
        mkdir authorities
        cp sandbox/ca.pem "authorities/$(openssl x509 -hash -noout -in sandbox/ca.pem).0"
        sed '/END CERTIFICATE/q' /etc/ssl/certs/ca-certificates.crt > authorities/ca-certificates.crt
        mount --bind authorities /etc/ssl/certs
        echo by the directory:
        "$keyturn" validate
        """
      let hosts = ["login.microsoftonline.com", "graph.microsoft.com", "contoso.crm.dynamics.com"]
      let server =
        "\(Programs.sandbox) --port 443 --settle none --tenant-id \(directory)"
        + hosts.map { " --host \($0)" }.joined() + " --directory \(folder.path)/sandbox"
      let telling = try await Programs.run(
        [
          "bash", Programs.script("internet.sh"), "--server", server, "--trust",
          "\(folder.path)/sandbox/ca.pem", "--log", "\(folder.path)/log", "--", "bash", "-c",
          "cd '\(folder.path)'\n" + story,
        ],
        environment: [
          "keyturn": Programs.keyturn, "KEYTURN_CONFIG": "\(folder.path)/keyturn.yaml",
          "HOME": folder.path,
        ], seconds: 120)
      if telling.status == 77 { try Requirement.isMissing(telling.said) }
      telling.ended(0).printing("\(Stage.name): accepted, Dynamics 365 user ")
        .printing("by the directory:\n\(Stage.name): accepted, Dynamics 365 user ")
      // Nothing of it is to be seen outside.
      let outside = try await Programs.run(
        [Programs.keyturn, "validate"],
        environment: [
          "KEYTURN_CONFIG": "\(folder.path)/keyturn.yaml", "https_proxy": "http://127.0.0.1:1",
        ]
      )
      outside.ended(69)
    }
  }
}
