import SimulatedTenant

/// The device codes that wait for somebody to enter them.
struct DeviceCodesForm {
  let tenant: Tenant

  var html: HTML {
    let waiting = tenant.deviceAuthorizations.filter {
      $0.state == .pending && tenant.now < $0.expiresAt
    }
    guard !waiting.isEmpty else { return "" }
    return """
      <h2>Device codes</h2>
      <p>Someone wants to sign in. Compare the code with the one in the terminal.</p>
      \(waiting.map(row))
      """
  }

  private func row(_ authorization: DeviceAuthorization) -> HTML {
    """
    <form method="post" action="/_sandbox/forms/device-codes">
    <code>\(authorization.userCode)</code>
    <input type="hidden" name="user_code" value="\(authorization.userCode)">
    <button name="answer" value="approve">Approve</button>
    <button name="answer" value="decline">Decline</button>
    </form>
    """
  }
}
