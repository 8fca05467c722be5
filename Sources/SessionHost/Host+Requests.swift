import Foundation
import Glibc
import Journal
import Runbook

/// What a client asks for.
extension Host {
  func answer(_ numbered: NumberedRequest) {
    let number = numbered.number
    switch numbered.request {
    case .start(let directory, let environment, let key, let restoring):
      do {
        try begin(in: directory, environment: environment, key: key, restoring: restoring)
        client?.send(.done, to: number)
      } catch {
        client?.send(.failed(Self.sessionError(error, folder)), to: number)
        isEnding = true
      }
    case .hello where start == nil:
      // Whoever started it died before it could say where the shell begins: another host is told.
      client?.send(.failed(.neverBegun), to: number)
      isEnding = true
    case .hello: client?.send(.done, to: number)
    case .run(let request):
      if let error = refusal(of: request) {
        client?.send(.failed(error), to: number)
      } else {
        jobs.append(.statement(request, number: number))
      }
    case .expand(let words):
      if let current {
        client?.send(.failed(.statementRunning(current.id)), to: number)
      } else if let bad = words.first(where: { !ShellWord.isExpandable($0) }) {
        client?.send(.failed(.notExpandable(bad)), to: number)
      } else {
        jobs.append(.expansion(words, number: number))
      }
    case .state: client?.send(.state(state()), to: number)
    case .status(let id): client?.send(.status(status(of: id)), to: number)
    case .wait(let id):
      if let current, current.id == id {
        current.waiter = number
      } else if case .ended(let result) = status(of: id) {
        client?.send(.result(result), to: number)
      } else {
        client?.send(.failed(.unknownStatement(id)), to: number)
      }
    case .terminate(let id):
      if let current, current.id == id {
        end(current, isTimeout: false)
        client?.send(.done, to: number)
      } else {
        client?.send(startedStatements.contains(id) ? .done : .failed(.unknownStatement(id)), to: number)
      }
    case .end:
      if let current, !current.isExpansion {
        client?.send(.failed(.statementRunning(current.id)), to: number)
      } else {
        isEnding = true
        client?.send(.done, to: number)
      }
    }
  }

  private func begin(in directory: String, environment: [String: String], key: Data, restoring: Bool) throws {
    guard let key = SealingKey(bytes: key) else {
      throw SessionError.snapshotNotRead(path: folder.snapshotPath, why: "the key is not 32 bytes long")
    }
    self.key = key
    shellPath = Spawn.find("bash", in: environment["PATH"]) ?? shellPath
    start = (directory, environment)
    if restoring, access(folder.snapshotPath, F_OK) == 0 {
      do {
        let data = try SealedFile.read(folder.snapshotPath, key: key, context: SessionFolder.snapshotContext)
        snapshot = try CanonicalJSON.value(ShellSnapshot.self, of: data)
        snapshotDigest = snapshot?.digest
      } catch {
        throw SessionError.snapshotNotRead(path: folder.snapshotPath, why: "\(error)")
      }
    }
    try startShell()
  }

  private func refusal(of request: StatementRequest) -> SessionError? {
    if request.text.utf8.contains(0) || request.id.utf8.contains(0) { return .holdsNUL }
    if let current, !current.isExpansion { return .statementRunning(current.id) }
    if startedStatements.contains(request.id) { return .alreadyStarted(request.id) }
    for case .statement(let queued, _) in jobs { return .statementRunning(queued.id) }
    return nil
  }

  func status(of id: String) -> StatementStatus {
    if let current, current.id == id { return .running(elapsed: current.elapsed) }
    if let result = results.last(where: { $0.id == id })?.result ?? recorded[id] { return .ended(result) }
    return startedStatements.contains(id) ? .unknown : .notStarted
  }

  func state() -> SessionSnapshot {
    let path = shell?.folder ?? (snapshot?.directoryPath ?? start?.directory ?? "/", false)
    var state = SessionSnapshot(
      directory: path.path, directoryExists: !path.isGone && access(path.path, F_OK) == 0,
      variables: snapshot?.exported ?? start?.environment ?? [:])
    state.mark = mark
    return state
  }

  var mark: StateMark? {
    guard let folder = shell?.folder, !folder.isGone, let snapshotDigest else { return nil }
    return StateMark(directory: folder.path, digest: snapshotDigest)
  }

  static func sessionError(_ error: any Error, _ folder: SessionFolder) -> SessionError {
    error as? SessionError ?? .snapshotNotRead(path: folder.snapshotPath, why: "\(error)")
  }
}
