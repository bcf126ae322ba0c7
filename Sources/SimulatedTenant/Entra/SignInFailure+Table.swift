/// The codes that the token endpoint is known to answer a client credentials request with.
///
/// Texts and classes follow
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes> and answers that
/// people have published. The page does not give a status for each; where none was seen the usual
/// one of the OAuth 2 error is used (RFC 6749, section 5.2).
extension SignInFailure {
  /// A row: status, OAuth 2 error and text with places to fill.
  typealias Entry = (status: Int, error: String, text: String)

  /// Every code in the table, in order.
  static let codes = table.keys.sorted()

  static let table: [Int: Entry] = credentials.merging(requests) { first, _ in first }
    .merging(blocks) { first, _ in first }.merging(transient) { first, _ in first }

  /// What the endpoint said until 2023, where it was something else.
  static let oldTexts = [7_000_215: "Invalid client secret is provided."]

  private static let credentials: [Int: Entry] = [
    7_000_215: (
      401, "invalid_client",
      """
      Invalid client secret provided. Ensure the secret being sent in the request is the client \
      secret value, not the client secret ID, for a secret added to app '{appID}'.
      """
    ),
    7_000_222: (
      401, "invalid_client",
      """
      The provided client secret keys for app '{appID}' are expired. Visit the Azure portal to \
      create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate \
      credentials for added security: https://aka.ms/certCreds.
      """
    ),
    7_000_216: (
      401, "invalid_client",
      """
      'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' \
      grant type.
      """
    ),
    7_000_218: (
      401, "invalid_client",
      """
      The request body must contain the following parameter: 'client_assertion' or \
      'client_secret'.
      """
    ),
    700_027: (
      401, "invalid_client",
      """
      Client assertion contains an invalid signature. [Reason - {reason}]
      """
    ),
    700_021: (
      401, "invalid_client",
      "Client assertion application identifier doesn't match 'client_id' parameter."
    ),
    700_023: (
      401, "invalid_client",
      "Client assertion audience claim does not match Realm issuer."
    ),
    700_024: (
      401, "invalid_client",
      "Client assertion is not within its valid time range."
    ),
    70_021: (
      400, "invalid_request",
      "No matching federated identity record found for presented assertion. {parameter}"
    ),
    700_211: (
      401, "invalid_client",
      "No matching federated identity record found for presented assertion issuer. {parameter}"
    ),
    700_212: (
      401, "invalid_client",
      "No matching federated identity record found for presented assertion audience. {parameter}"
    ),
    700_213: (
      401, "invalid_client",
      "No matching federated identity record found for presented assertion subject. {parameter}"
    ),
  ]

  /// The answers to a client that waits for its user (RFC 8628, section 3.5).
  static let deviceCodes: [Int: Entry] = [
    70_016: (
      400, "authorization_pending",
      "OAuth 2.0 device flow error. Authorization is pending. Continue polling."
    ),
    70_018: (
      400, "bad_verification_code", "Invalid verification code. User typed in wrong user code."
    ),
    // The word is Microsoft's; its number was seen nowhere.
    70_020: (
      400, "authorization_declined", "The user declined the sign-in request."
    ),
    70_019: (
      400, "expired_token",
      "The provided value for the input parameter 'device_code' is not valid. This device code has "
        + "expired."
    ),
  ]

  private static let requests: [Int: Entry] = [
    700_016: (
      400, "unauthorized_client",
      """
      Application with identifier '{appID}' was not found in the directory '{directory}'. This \
      can happen if the application has not been installed by the administrator of the tenant or \
      consented to by any user in the tenant. You may have sent your authentication request to \
      the wrong tenant.
      """
    ),
    7_000_229: (
      401, "invalid_client",
      "The client application {appID} is missing service principal in the tenant {tenantID}."
    ),
    90_002: (
      400, "invalid_request",
      """
      Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are \
      signing into the correct cloud. Check with your subscription administrator, this may happen \
      if there are no active subscriptions for the tenant.
      """
    ),
    900_023: (
      400, "invalid_request",
      "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."
    ),
    90_038: (
      400, "invalid_request",
      """
      Tenant '{tenant}' request is being redirected to the National Cloud \
      'MicrosoftOnline.US'.
      """
    ),
    900_382: (
      400, "invalid_request",
      "Confidential Client is not supported in Cross Cloud request."
    ),
    7_000_112: (400, "unauthorized_client", "Application '{appID}'({appName}) is disabled."),
    70_001: (400, "unauthorized_client", "The application '{appID}' is disabled."),
    500_011: (
      400, "invalid_resource",
      """
      The resource principal named {resource} was not found in the tenant named {directory}. This \
      can happen if the application has not been installed by the administrator of the tenant or \
      consented to by any user in the tenant. You might have sent your authentication request to \
      the wrong tenant.
      """
    ),
    1_002_012: (
      400, "invalid_scope",
      """
      The provided value for scope {scope} is not valid. Client credential flows must have a scope \
      value with /.default suffixed to the resource identifier (application ID URI).
      """
    ),
    70_011: (
      400, "invalid_scope",
      """
      The provided request must include a 'scope' input parameter. The provided value for the \
      input parameter 'scope' is not valid. The scope {scope} is not valid.
      """
    ),
    700_022: (
      400, "invalid_scope",
      """
      The provided value for the input parameter 'scope' is not valid because it contains more \
      than one resource.
      """
    ),
    70_003: (
      400, "unsupported_grant_type",
      "The app requested an unsupported grant type '{parameter}'."
    ),
    900_144: (
      400, "invalid_request",
      "The request body must contain the following parameter: '{parameter}'."
    ),
    900_561: (
      400, "invalid_request",
      "The endpoint only accepts POST requests. Received a {parameter} request."
    ),
    9_001_023: (
      400, "invalid_request",
      """
      The grant type is not supported over the /common or /consumers endpoints. Please use the \
      /organizations or tenant-specific endpoint.
      """
    ),
    50_059: (
      400, "invalid_request",
      """
      No tenant-identifying information found in either the request or implied by any provided \
      credentials.
      """
    ),
    50_194: (
      400, "invalid_request",
      """
      Application '{appID}'({appName}) is not configured as a multi-tenant application. Usage of \
      the /common endpoint is not supported for such apps created after '10/15/2018'. Use a \
      tenant-specific endpoint or configure the application to be multi-tenant.
      """
    ),
  ]

  private static let blocks: [Int: Entry] = [
    53_003: (
      400, "invalid_grant",
      """
      Access has been blocked by Conditional Access policies. The access policy does not allow \
      token issuance.
      """
    ),
    530_032: (400, "invalid_grant", "Blocked by security policy."),
    50_196: (
      400, "invalid_grant",
      """
      The server terminated an operation because it encountered a client request loop. Please \
      contact your app vendor.
      """
    ),
  ]

  private static let transient: [Int: Entry] = [
    90_033: (
      503, "temporarily_unavailable", "A transient error has occurred. Please try again."
    ),
    90_024: (
      503, "temporarily_unavailable", "A transient error has occurred. Please try again."
    ),
    50_033: (
      503, "temporarily_unavailable",
      "A transient error has occurred. Please try again."
    ),
    90_006: (
      503, "temporarily_unavailable", "The service is temporarily unavailable. Please try again."
    ),
    90_012: (408, "temporarily_unavailable", "Request timed out."),
    90_090: (
      503, "temporarily_unavailable", "The service encountered a transient error."
    ),
    90_055: (
      429, "temporarily_unavailable",
      "There are too many incoming requests. This exception is thrown for blocked tenants."
    ),
  ]
}
