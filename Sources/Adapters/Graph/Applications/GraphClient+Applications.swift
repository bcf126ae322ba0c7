import Foundation
import Keyturn

extension GraphClient: TenantDirectory {
  public func changeMark(
    of scope: ObservedScope, _ caller: DirectoryCaller,
    progress: @escaping @Sendable (ListingProgress) -> Void, pause: ListingPause? = nil
  ) async throws(DirectoryFailure) -> String? {
    var pages = ApplicationPages(
      client: self, caller: caller, content: ObservedPageContent(scope.kind),
      progress: { update in
        // A service that does not know the short way tells of every application; nobody counts those.
        if case .waiting = update { progress(update) }
      }, pause: pause
    ) { _ in }
    do {
      switch try await pages.read(from: .changes(of: scope)) {
      case .complete(let mark): return mark
      case .refused(let answer) where [400, 403, 404, 410, 501].contains(answer.status): return nil
      case .refused(let answer): throw answer.failure
      case .unfinished: return nil
      }
    } catch {
      throw error as? DirectoryFailure ?? .interrupted
    }
  }

  public func read(
    _ listing: ApplicationListing, of scope: ObservedScope, _ caller: DirectoryCaller,
    progress: @escaping @Sendable (ListingProgress) -> Void, pause: ListingPause? = nil,
    take: @escaping @Sendable (ApplicationPage) async throws -> Void
  ) async throws -> ListingEnd {
    let handover = Handover(take)
    var pages = ApplicationPages(
      client: self, caller: caller, content: ObservedPageContent(scope.kind), progress: progress,
      pause: pause
    ) { try await handover.hand($0) }
    let end: ApplicationPages<ObservedPageContent>.End
    switch listing {
    case .all: end = try await pages.read(from: .all(of: scope))
    case .onePage: end = try await pages.read(from: .all(of: scope), isOnly: true)
    case .changes(let mark):
      guard let link = URL(string: mark) else { return .outdated }
      var call = GraphCall.all(of: scope)
      call.page = link
      end = try await pages.read(from: call)
    }
    try await handover.finish()
    switch end {
    case .complete(let mark): return .complete(mark: mark)
    case .unfinished: return .unfinished
    case .refused(let answer):
      if case .changes = listing, answer.isOutdated { return .outdated }
      throw answer.failure
    }
  }

  public func application(
    _ objectID: GUID, of scope: ObservedScope, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> ObservedApplication? {
    var call = GraphCall.all(of: scope)
    call.path += "/\(objectID)"
    call.query = "$select=\(ApplicationElement.properties(of: scope))"
    let wait = await wait(for: call, caller)
    if wait > 0 {
      do { try await context.sleep(wait) } catch { throw .interrupted }
    }
    let answer = try await send(call, for: caller)
    guard answer.isSuccess else {
      if answer.failure.verdict == .unknownApplication { return nil }
      throw answer.failure
    }
    let element = try? answer.response.body.withUnsafeBytes {
      try ApplicationElement($0.bindMemory(to: UInt8.self), scope.kind)
    }
    // A service principal without credentials of its own is as good as none.
    if element == .removed(objectID) { return nil }
    guard case .application(let application)? = element, application.objectID == objectID else {
      throw answer.unreadable("the application with its client secrets")
    }
    return application
  }
}

extension GraphCall {
  /// The permission that reading every application needs.
  static let readingAll = "Application.Read.All"

  /// Source: Microsoft Graph v1.0, "List applications" and "List servicePrincipals"; 999 is the most that a
  /// page may hold.
  static func all(of scope: ObservedScope) -> GraphCall {
    let isApplication = scope.kind == .application
    return GraphCall(
      purpose: isApplication
        ? "reading the tenant's applications from Microsoft Graph"
        : "reading the tenant's service principals from Microsoft Graph",
      path: isApplication ? "applications" : "servicePrincipals",
      query: "$select=\(ApplicationElement.properties(of: scope))&$top=999",
      permission: readingAll, selectsCertificates: scope.hasCertificates)
  }

  /// A mark of the present, without what led to it.
  ///
  /// Source: Microsoft Graph, "Use delta query to track changes": `$deltatoken=latest`;
  /// "application: delta" and "servicePrincipal: delta".
  static func changes(of scope: ObservedScope) -> GraphCall {
    var call = all(of: scope)
    call.purpose = "asking Microsoft Graph for the changes from now on"
    call.path += "/delta"
    call.query = "$select=\(ApplicationElement.properties(of: scope))&$deltatoken=latest"
    return call
  }
}

extension GraphAnswer {
  /// Whether it says that a link to changes can't be used any more.
  ///
  /// Source: Microsoft Graph, "Use delta query to track changes" (410, `syncStateNotFound`); links of
  /// older services answer 400. A link that we kept ourselves can have no other mistake.
  fileprivate var isOutdated: Bool { status == 410 || status == 400 }
}

extension DirectoryFailure {
  static let interrupted = DirectoryFailure(
    .later(retryAfter: nil), "the reading was interrupted", remedy: "run the command again")
}

/// Lets the next page be read while the one before is being written; never more than one waits.
private actor Handover {
  private let take: @Sendable (ApplicationPage) async throws -> Void
  private var writing: Task<Void, any Error>?

  init(_ take: @escaping @Sendable (ApplicationPage) async throws -> Void) {
    self.take = take
  }

  func hand(_ page: ApplicationPage) async throws {
    try await finish()
    writing = Task { [take] in try await take(page) }
  }

  func finish() async throws {
    try await writing?.value
    writing = nil
  }
}
