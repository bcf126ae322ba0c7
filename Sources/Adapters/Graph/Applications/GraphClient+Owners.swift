import Foundation
import Keyturn
import NIOHTTP1

/// The owners of applications, twenty applications in one request.
///
/// Source: Microsoft Graph v1.0, "List owners of an application" and "Combine multiple HTTP requests using
/// JSON batching".
extension GraphClient: OwnerDirectory {
  public var ownerBatch: Int { 20 }

  /// The most owners that an application may have.
  private static let mostOwners = 100

  public func owners(
    of applications: [GUID], _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> OwnerAnswers {
    let answer = try await send(.owners(of: applications), for: caller)
    guard answer.isSuccess else { throw answer.failure }
    guard let responses = answer.body?["responses"]?.list else {
      throw answer.unreadable("the owners of applications")
    }
    var answers = OwnerAnswers()
    for response in responses {
      // Answers come in any order.
      guard let position = response["id"]?.text.flatMap(Int.init),
        applications.indices.contains(position), let status = response["status"]?.number
      else { continue }
      let application = applications[position]
      let part = answer.part(status: Int(status), response)
      guard part.isSuccess else {
        if part.failure.verdict == .unknownApplication {
          answers.gone.insert(application)
        } else {
          answers.failure = answers.failure ?? part.failure
        }
        continue
      }
      guard let owners = Self.owners(in: response["body"]) else {
        answers.failure = answers.failure ?? part.unreadable("the owners of an application")
        continue
      }
      answers.owners[application] = owners
    }
    let isWhole = applications.allSatisfy {
      answers.owners[$0] != nil || answers.gone.contains($0)
    }
    if !isWhole, answers.failure == nil {
      answers.failure = answer.unreadable("an answer about each application")
    }
    return answers
  }

  /// The owners in one answer; nil where it does not say that these are all, or that there are none.
  private static func owners(in body: GraphValue?) -> [ApplicationOwner]? {
    guard let elements = body?["value"]?.list else { return nil }
    let owners = elements.prefix(mostOwners).compactMap(ApplicationOwner.init)
    // A page may be empty, and an owner may be one that can't be read: neither is nobody.
    let isNobody = elements.isEmpty && body?["@odata.nextLink"] == nil
    return owners.isEmpty && !isNobody ? nil : owners
  }
}

extension GraphCall {
  /// The ids of the requests are the positions of the applications.
  fileprivate static func owners(of applications: [GUID]) -> GraphCall {
    let requests = applications.enumerated().map { position, application in
      [
        "id": "\(position)", "method": "GET",
        "url": "/applications/\(application)/owners"
          + "?$select=id,displayName,mail,userPrincipalName",
      ]
    }
    return GraphCall(
      purpose: "reading the owners of applications from Microsoft Graph", path: "$batch",
      body: json(["requests": requests]), permission: readingAll, isBatchOfReads: true)
  }
}

extension GraphAnswer {
  /// One answer of a batch, explained like any other.
  fileprivate func part(status: Int, _ response: GraphValue) -> GraphAnswer {
    var part = HTTPExchangeResponse(status: status, headers: [:], body: Data())
    if case .object(let headers)? = response["headers"] {
      for (name, value) in headers {
        guard let value = value.text else { continue }
        part.headers.add(name: name, value: value)
      }
    }
    return GraphAnswer(self, part: part, response["body"])
  }
}

extension ApplicationOwner {
  /// What is kept of a text, in Unicode scalars; more than the longest address has.
  private static let longest = 256

  /// Source: Microsoft Graph v1.0, resources `directoryObject`, `user` and `servicePrincipal`; nil without
  /// an id.
  init?(_ value: GraphValue) {
    guard let id = value["id"]?.text.flatMap({ GUID($0) }) else { return nil }
    let kind: Kind =
      switch value["@odata.type"]?.text {
      case "#microsoft.graph.user": .user
      case "#microsoft.graph.servicePrincipal": .servicePrincipal
      default: .other
      }
    func text(_ name: String) -> String? {
      value[name]?.text.map {
        String(String.UnicodeScalarView($0.unicodeScalars.prefix(Self.longest)))
      }
    }
    self.init(
      objectID: id, kind: kind, displayName: text("displayName"), mail: text("mail"),
      principalName: text("userPrincipalName"))
  }
}
