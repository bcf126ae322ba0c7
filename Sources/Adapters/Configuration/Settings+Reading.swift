import Crypto
import Foundation
import Keyturn
import Yams

extension Settings {
  /// Reads the bytes of a configuration.
  ///
  /// `file` is shown in complaints, and relative paths start at its folder. The store's key may come
  /// from the systemd credential `keyturn.key`, in the folder that `$CREDENTIALS_DIRECTORY` of
  /// `environment` names.
  ///
  /// Throws: ``KeyturnError`` with code `configuration`: the first complaint as its message, the
  /// others as its hints, each with file, line and column.
  public static func parse(
    _ bytes: Data, file: String, environment: [String: String] = [:]
  ) throws(KeyturnError) -> Settings {
    let document: YAMLDocument
    do throws(Complaint) {
      document = try YAMLDocument(YAMLText.decode(Array(bytes)))
    } catch {
      var complaints = Complaints()
      complaints.add(at: error.place, error.message)
      throw complaints.error(in: file) ?? KeyturnError(.configuration, error.message)
    }
    let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    var reader = SettingsReader(folder: folder, repeatedKeys: document.repeatedKeys)
    let values = reader.values(of: document.root, environment: environment)
    reader.finish()
    if let error = reader.complaints.error(in: file) {
      throw error
    }
    let fingerprint = SHA256.hash(data: bytes)
    return Settings(
      file: file, fingerprint: fingerprint.hexadecimal,
      database: values.database, keySource: values.keySource, validation: values.validation,
      policy: values.policy, certificateAuthorityFile: values.certificateAuthorityFile,
      proxy: values.proxy, connections: values.connections,
      observedTenants: values.observedTenants, telling: values.telling)
  }
}

/// The values of the outermost section, with a default for each.
private struct Values {
  var database = "/var/lib/keyturn/keyturn.db"
  var keySource = Settings.KeySource.file("/etc/keyturn/store.key")
  var validation = ValidationSettings()
  var policy = Policy()
  var certificateAuthorityFile: String?
  var proxy: URL?
  var connections: [Connection] = []
  var observedTenants: [AuthorizationServer] = []
  var telling = Telling()
}

extension SettingsReader {
  fileprivate mutating func values(of root: Node, environment: [String: String]) -> Values {
    var values = Values()
    let entry = Entry(name: "", place: .start, value: root, valuePlace: root.place ?? .start)
    let example = "a key, a colon and its value, one each line"
    guard var section = section(entry, "the configuration", example: example) else { return values }
    if let entry = section.take("database") {
      values.database = path(entry, example: values.database) ?? values.database
    }
    values.keySource = store(section.take("store"), environment) ?? values.keySource
    if let entry = section.take("validation") {
      let (settings, every) = validation(entry)
      values.validation = settings
      values.policy.validateEvery = every ?? values.policy.validateEvery
    }
    if let entry = section.take("policy") {
      values.policy = policy(entry, over: values.policy) ?? values.policy
    }
    if let entry = section.take("tls") {
      values.certificateAuthorityFile = certificateAuthorityFile(entry)
    }
    values.proxy = section.take("proxy").flatMap { proxy($0) }
    let tenants = required("tenants", in: &section, example: "{}").map { self.tenants($0) }
    if let entry = required("connections", in: &section, example: "{}") {
      let surroundings = Surroundings(tenants: tenants ?? [:], policy: values.policy)
      values.connections = connections(entry, in: surroundings)
    }
    values.observedTenants = (tenants ?? [:]).values.compactMap { $0 }
      .filter { $0.graph?.observesAll ?? false }.sorted { $0.name < $1.name }
    values.telling = telling(
      &section, tenants: tenants ?? [:], connections: values.connections)
    close(section, .file)
    return values
  }

  private mutating func store(
    _ entry: Entry?, _ environment: [String: String]
  ) -> Settings.KeySource? {
    let example = "store: { key_file: /etc/keyturn/store.key }"
    guard let entry else { return credential(environment) }
    guard var section = section(entry, "'store'", example: example) else { return nil }
    if let entry = section.take("type") {
      let later = ["vault": "leave it out; the records live in the database"]
      _ = word(entry, of: ["embedded"], later: later)
    }
    let file = section.take("key_file")
    let command = section.take("key_command")
    close(section, .store)
    switch (file, command) {
    case (let file?, nil):
      return path(file, example: "/etc/keyturn/store.key").map { .file($0) }
    case (nil, let command?):
      return self.command(command, example: "[/usr/bin/pass, show, keyturn]").map { .command($0) }
    case (_?, let command?):
      complain(at: command.place, "'key_command' stands beside 'key_file': keep one")
      return nil
    case (nil, nil):
      return credential(environment)
    }
  }

  /// The systemd credential, if this run was given one.
  private func credential(_ environment: [String: String]) -> Settings.KeySource? {
    guard let folder = environment["CREDENTIALS_DIRECTORY"], folder.hasPrefix("/") else {
      return nil
    }
    let file = folder + "/keyturn.key"
    return FileManager.default.fileExists(atPath: file) ? .credential(file) : nil
  }

  private mutating func certificateAuthorityFile(_ entry: Entry) -> String? {
    let example = "tls: { ca_file: /etc/ssl/private-ca.pem }"
    guard var section = section(entry, "'tls'", example: example) else { return nil }
    let file = section.take("ca_file").flatMap { path($0, example: "/etc/ssl/private-ca.pem") }
    close(section, .tls)
    return file
  }

  private mutating func proxy(_ entry: Entry) -> URL? {
    let example = "http://proxy.contoso.com:3128"
    guard let text = content(entry, example: example) else { return nil }
    do throws(WebAddress.Problem) {
      let address = try WebAddress(text)
      if address.port != nil, address.rest.isEmpty || address.rest == "/" {
        return URL(string: address.origin)
      }
      complain(at: entry.valuePlace, "'proxy' is a host and a port: write proxy: \(example)")
    } catch {
      complain(at: entry.valuePlace, "'proxy' \(error.phrase)")
    }
    return nil
  }
}
