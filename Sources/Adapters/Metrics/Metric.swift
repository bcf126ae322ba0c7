/// Every metric that keyturn exports; names stay once they have been released.
///
/// All of them are gauges: a night looks at what is, and no process lives that could count. Times are
/// Unix timestamps in seconds, because an age or a number of days left would be as old as the file.
///
/// Source: Prometheus, "Metric and label naming".
public enum Metric: String, Sendable, CaseIterable {
  case buildInfo = "keyturn_build_info"
  case connections = "keyturn_connections"
  case lastRun = "keyturn_last_run_timestamp_seconds"
  case lastSuccess = "keyturn_last_success_timestamp_seconds"
  case runDuration = "keyturn_run_duration_seconds"
  case runExitStatus = "keyturn_run_exit_status"
  case findings = "keyturn_findings"
  case connectionInfo = "keyturn_connection_info"
  case connectionState = "keyturn_connection_state"
  case connectionFindings = "keyturn_connection_findings"
  case snoozedUntil = "keyturn_snoozed_until_timestamp_seconds"
  case secretExpiry = "keyturn_secret_expiry_timestamp_seconds"
  case secretStart = "keyturn_secret_start_timestamp_seconds"
  case secretValidated = "keyturn_secret_validated_timestamp_seconds"
  case secretWarning = "keyturn_secret_warning_timestamp_seconds"
  case secretCritical = "keyturn_secret_critical_timestamp_seconds"
  case rotationStep = "keyturn_rotation_step"
  case rotationStart = "keyturn_rotation_start_timestamp_seconds"
  case rotationStepped = "keyturn_rotation_step_timestamp_seconds"
  case handOversOpen = "keyturn_hand_overs_open"
  case handOverOpened = "keyturn_hand_over_opened_timestamp_seconds"
  case handOverDeadline = "keyturn_hand_over_deadline_timestamp_seconds"
  case retirement = "keyturn_retirement_timestamp_seconds"
  case settling = "keyturn_settling_seconds"
  case settledRotations = "keyturn_settled_rotations"
  case tenantState = "keyturn_tenant_state"
  case tenantFindings = "keyturn_tenant_findings"
  case tenantRead = "keyturn_tenant_read_timestamp_seconds"
  case tenantUnreadable = "keyturn_tenant_unreadable_since_timestamp_seconds"
  case tenantApplications = "keyturn_tenant_applications"
  case tenantSecrets = "keyturn_tenant_secrets"
  case tenantEnding = "keyturn_tenant_applications_ending"
  case tenantEnded = "keyturn_tenant_applications_ended"
  case tenantLong = "keyturn_tenant_applications_with_long_secrets"
  case tenantCrowded = "keyturn_tenant_applications_with_many_secrets"
  case tenantNextEnd = "keyturn_tenant_next_end_timestamp_seconds"
  case notificationFailures = "keyturn_notification_failures"
  case notificationFailing = "keyturn_notification_failing_since_timestamp_seconds"
  case notificationDelivery = "keyturn_notification_last_delivery_timestamp_seconds"

  /// What it tells, on one line, as it stands behind `# HELP`.
  public var help: String {
    switch self {
    case .buildInfo: "Always 1; the version that wrote these metrics."
    case .connections: "How many connections the configuration has."
    case .lastRun: "When the newest check ended."
    case .lastSuccess: "When the newest check ended in which every part could be done."
    case .runDuration: "How long the newest check took."
    case .runExitStatus: "What the newest check ended with: 0 ok, 1 warning, 2 critical, 3 unknown."
    case .findings: "How many findings are open, by code and severity."
    case .connectionInfo:
      "Always 1; the application (client) id, the owner, and who makes new secrets."
    case .connectionState: "1 for the state that a connection is in, 0 for the others."
    case .connectionFindings: "How many findings about a connection are open, by code and severity."
    case .snoozedUntil: "Until when somebody silenced a connection's warnings."
    case .secretExpiry: "When a secret ends."
    case .secretStart: "From when on a secret is valid, where that is known."
    case .secretValidated: "When a secret was last accepted."
    case .secretWarning:
      "From when on the end of the current secret is worth a warning, as the policy has it."
    case .secretCritical:
      "From when on the end of a secret in use is critical, as the policy has it."
    case .rotationStep: "1 for the step that an open rotation stands at."
    case .rotationStart: "When the open rotation began."
    case .rotationStepped: "When the open rotation reached its step."
    case .handOversOpen: "How many consumers have not been given the new secret."
    case .handOverOpened: "Since when the oldest of them waits."
    case .handOverDeadline: "When the previous secret ends, which those consumers still use."
    case .retirement: "From when on the previous secret may be removed."
    case .settling:
      "How long new secrets of a tenant took until they were accepted everywhere: median, maximum."
    case .settledRotations: "Of how many rotations the settling times are known, 100 at most."
    case .tenantState:
      "1 for the state that a tenant is in whose every application is observed, 0 for the others."
    case .tenantFindings:
      "How many findings about an observed tenant are open, by code and severity."
    case .tenantRead: "When the newest complete picture of an observed tenant was read."
    case .tenantUnreadable: "Since when an observed tenant can't be read."
    case .tenantApplications: "How many applications, or service principals, a tenant has."
    case .tenantSecrets: "How many client secrets they have."
    case .tenantEnding:
      "How many of them lose their last living credential of a kind within the first warning."
    case .tenantEnded: "How many of them have no living credential of a kind, and once had one."
    case .tenantLong: "How many of them have a living client secret of more than 24 months."
    case .tenantCrowded: "How many of them have more than two living client secrets."
    case .tenantNextEnd:
      "When the next application that no connection looks after loses its last credential."
    case .notificationFailures: "How many tries in a row to send by a route have failed."
    case .notificationFailing: "Since when the tries to send by a route fail."
    case .notificationDelivery: "When a message was delivered by a route last."
    }
  }
}
