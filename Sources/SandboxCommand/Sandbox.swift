import ArgumentParser
import Foundation
import Hummingbird
import Logging
import NIOCore
import SimulatedTenant

/// The program: a simulated Microsoft tenant over HTTPS, on this machine only.
@main
struct Sandbox: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keyturn-sandbox",
    abstract: "Run a simulated Microsoft Entra tenant to rehearse and test against.",
    discussion: """
      Entra's token endpoint, Microsoft Graph's applications and Dataverse's
      WhoAmI answer on 127.0.0.1 over HTTPS, with a certificate authority of
      their own. Nothing is kept: when the program ends, the tenant is gone, and
      the same seed makes the same one again.

      The control page at the base URL moves the clock, makes and deletes secrets
      as the portal does, and lets things go wrong. The same is there as JSON
      under /_sandbox/.

      EXIT STATUS
      Exit status is 0 after SIGTERM or SIGINT.
      Exit status is 64 for wrong usage.
      Exit status is 69 if the port cannot be had.
      Exit status is 73 if a file cannot be written or a certificate cannot be made.
      """,
    version: "keyturn-sandbox 0.1.0")

  @Option(help: "Port on 127.0.0.1; 0 takes any that is free.")
  var port = 8443

  @Option(help: "Folder for the certificate, the secrets and a ready keyturn.yaml.")
  var directory = "sandbox"

  @Option(help: "Folder of a certificate authority made earlier; made there if there is none.")
  var caDirectory: String?

  @Option(help: "Decides every id and every secret.")
  var seed: UInt64 = 1

  @Option(help: "Directory id of the tenant; made from the seed if it is left out.")
  var tenantID: String?

  @Option(
    name: .customLong("host"), parsing: .singleValue,
    help: """
      Another name that the certificate is good for, such as graph.microsoft.com; may be repeated. \
      Requests for it are answered as that service does.
      """)
  var hosts: [String] = []

  @Option(help: "How long changes take to spread: \(Settle.list).")
  var settle: Settle = .mild

  @Option(help: "Days until the seeded secret expires.")
  var daysLeft = 23

  @Flag(help: "Let the connection's application rotate its own secret through Graph.")
  var graph = false

  @Option(
    help:
      "Applications that each tenant has beside the usual ones, by the seed; keyturn observes all."
  )
  var applications = 0

  @Option(
    help: "How many secrets each of these has: a number, or a range such as 0-4; 2.5 on average.")
  var secretsPerApplication: SecretsPerApplication = .usual

  @Option(help: "Milliseconds that every answer of a service takes at least.")
  var latency = 0

  @Option(help: "How many tenants there are, each with its own directory id and applications.")
  var tenants = 1

  func validate() throws {
    guard (0...65_535).contains(port) else {
      throw ValidationError("Please specify a '--port' between 0 and 65535.")
    }
    guard SeededTenant.daysLeft.contains(daysLeft) else {
      throw ValidationError("Please specify '--days-left' between -3650 and 3650.")
    }
    guard (0...ApplicationPopulation.largestCount).contains(applications) else {
      throw ValidationError(
        "Please specify '--applications' between 0 and \(ApplicationPopulation.largestCount).")
    }
    guard (0...60_000).contains(latency) else {
      throw ValidationError("Please specify a '--latency' between 0 and 60000 milliseconds.")
    }
    guard (1...5000).contains(tenants) else {
      throw ValidationError("Please specify '--tenants' between 1 and 5000.")
    }
    guard tenantID.map({ UUID(uuidString: $0) != nil }) ?? true else {
      throw ValidationError("Please specify a '--tenant-id' that is a GUID.")
    }
    let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-."))
    for host in hosts where host.isEmpty || host.rangeOfCharacter(from: allowed.inverted) != nil {
      throw ValidationError("Please specify a '--host' that is a host name, not '\(host)'.")
    }
  }

  func run() async throws {
    umask(0o077)
    let files = SandboxFiles(directory)
    let certificate: IssuedCertificate
    let automationKey: AutomationKey
    do {
      try files.create()
      certificate =
        try CertificateAuthority
        .found(in: caDirectory.map(SandboxFiles.init) ?? files, now: SystemClock.now())
        .issue(for: ["localhost"] + hosts, now: SystemClock.now())
      automationKey = try AutomationKey(now: SystemClock.now())
      try files.write(certificate.certificatePEM, to: "server.pem")
      try files.write(certificate.keyPEM, to: "server-key.pem")
    } catch {
      throw Failure.cannotCreate(error)
    }
    let now = SystemClock.now()
    let population = population(at: now)
    let seeded = SeededTenant(
      seed: seed, tenantID: tenantID, now: now, replication: settle.replication,
      daysLeft: daysLeft, rotatesItself: graph, hosts: hosts, population: population)
    let further = (1..<tenants).map {
      FurtherTenant(
        number: $0 + 1, seed: seed, now: now, replication: settle.replication,
        population: population)
    }
    let stores = TenantStores(
      first: seeded.tenant, others: further.map(\.tenant), latency: .milliseconds(latency),
      clock: SystemClock.now)
    let caFile = caDirectory.map(SandboxFiles.init)?.path("ca.pem") ?? files.path("ca.pem")
    let startup = Startup(
      seeded: seeded, files: files, caFile: caFile, usesGraph: graph, automationKey: automationKey,
      observesAll: population != nil || tenants > 1, furtherTenants: further)
    let application = try buildApplication(
      stores: stores, certificate: certificate, port: port, logger: Self.logger
    ) { boundPort in
      await startup.announce(port: boundPort, stores: stores)
    }
    do {
      try await application.runService()
    } catch let error as IOError {
      throw Failure.cannotListen(port: port, error)
    }
  }

  private func population(at now: Date) -> ApplicationPopulation? {
    guard applications > 0 else { return nil }
    return ApplicationPopulation(
      count: applications, seed: seed, secrets: secretsPerApplication.secrets, now: now)
  }

  static func main() async {
    do {
      var command = try await asyncParseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let failure as Failure {
      failure.report()
      exit(withError: ExitCode(failure.exitStatus))
    } catch {
      exit(withError: error)
    }
  }

  private static var logger: Logger {
    var logger = Logger(label: "keyturn-sandbox") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .warning
    return logger
  }
}
