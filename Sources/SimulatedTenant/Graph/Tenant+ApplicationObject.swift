import Foundation

/// An application as Graph writes it.
///
/// See <https://learn.microsoft.com/graph/api/resources/application#properties>.
extension Tenant {
  /// The properties that can be selected.
  static let applicationProperties: Set = [
    "id", "deletedDateTime", "appId", "applicationTemplateId", "disabledByMicrosoftStatus",
    "createdDateTime", "displayName", "description", "groupMembershipClaims", "identifierUris",
    "isDeviceOnlyAuthSupported", "isFallbackPublicClient", "notes", "publisherDomain",
    "serviceManagementReference", "signInAudience", "tags", "tokenEncryptionKeyId",
    "uniqueName", "addIns", "api", "appRoles", "info", "keyCredentials",
    "parentalControlSettings", "passwordCredentials", "publicClient", "requiredResourceAccess",
    "servicePrincipalLockConfiguration", "spa", "verifiedPublisher", "web",
  ]

  /// The properties that are selected, all of them where none is; the passwords as one replica
  /// shows them.
  mutating func applicationObject(at position: Int, _ selected: [String]) -> JSON {
    let object = Self.applicationObject(
      of: applications[position], passwords: secretsShownByGraph(at: position), domain: domain,
      showsKeys: selected.contains("keyCredentials"))
    return selected.isEmpty ? object : object.selecting(selected)
  }

  /// The whole object.
  static func applicationObject(
    of application: RegisteredApplication, passwords: [IssuedSecret], domain: String,
    showsKeys: Bool = false
  ) -> JSON {
    [
      "id": .string(application.objectID),
      "deletedDateTime": nil,
      "appId": .string(application.appID),
      "applicationTemplateId": nil,
      "disabledByMicrosoftStatus": nil,
      "createdDateTime": .string(WireTime.seconds(application.createdAt)),
      "displayName": .string(application.displayName),
      "description": nil,
      "groupMembershipClaims": nil,
      "identifierUris": [],
      "isDeviceOnlyAuthSupported": nil,
      "isFallbackPublicClient": application.isPublicClient ? true : nil,
      "notes": nil,
      "publisherDomain": .string(domain),
      "serviceManagementReference": nil,
      "signInAudience": .string(application.signInAudience.rawValue),
      "tags": [],
      "tokenEncryptionKeyId": nil,
      "uniqueName": nil,
      "addIns": [],
      "api": [
        "acceptMappedClaims": nil, "knownClientApplications": [],
        "requestedAccessTokenVersion": nil, "oauth2PermissionScopes": [],
        "preAuthorizedApplications": [],
      ],
      "appRoles": [],
      "info": [
        "logoUrl": nil, "marketingUrl": nil, "privacyStatementUrl": nil, "supportUrl": nil,
        "termsOfServiceUrl": nil,
      ],
      "keyCredentials": .array(
        application.certificates.map { $0.keyCredential(showsKey: showsKeys) }),
      "parentalControlSettings": [
        "countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow",
      ],
      "passwordCredentials": .array(passwords.map { passwordCredential($0) }),
      "publicClient": ["redirectUris": []],
      "requiredResourceAccess": [],
      "servicePrincipalLockConfiguration": nil,
      "spa": ["redirectUris": []],
      "verifiedPublisher": [
        "displayName": nil, "verifiedPublisherId": nil, "addedDateTime": nil,
      ],
      "web": [
        "homePageUrl": nil, "logoutUrl": nil, "redirectUris": [],
        "implicitGrantSettings": [
          "enableAccessTokenIssuance": false, "enableIdTokenIssuance": false,
        ],
        "redirectUriSettings": [],
      ],
    ]
  }

  /// A password credential; its value only in the answer to its making.
  static func passwordCredential(_ secret: IssuedSecret, showsValue: Bool = false) -> JSON {
    [
      "customKeyIdentifier": nil,
      "displayName": .optional(secret.displayName),
      "endDateTime": .string(WireTime.graph(secret.expiresAt)),
      "hint": .string(secret.hint),
      "keyId": .string(secret.keyID),
      "secretText": showsValue ? .string(secret.value) : .null,
      "startDateTime": .string(WireTime.graph(secret.startsAt)),
    ]
  }
}
