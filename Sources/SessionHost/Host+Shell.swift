import Foundation
import Glibc
import Journal
import Runbook

/// The shell: how it is started, what it reports, how it ends.
extension Host {
  func startShell() throws {
    guard let start else { throw SessionError.shellNotStarted(path: shellPath, folder: "", errno: EINVAL) }
    shellIsReady = false
    var environment = ["BACKOUT_SESSION": folder.identity]
    if snapshot == nil { environment.merge(start.environment) { own, _ in own } }
    var directory = start.directory
    var before = Data()
    if let snapshot {
      directory = Files.nearestFolder(to: snapshot.directoryPath)
      if directory != snapshot.directoryPath {
        pendingNotices.append(
          "the session's folder \(snapshot.directoryPath) is gone; the session now stands in \(directory)")
      }
      before = snapshot.restoring(in: directory)
    }
    shell = try HostShell(path: shellPath, directory: directory, environment: environment, before: before)
  }

  func takeReport() {
    guard let shell, let report = shell.takeReport() else { return }
    accept(report.parts, of: shell)
    // The shell is about to end; how, its end will tell.
    if report.isLast {
      lastReport = true
      return
    }
    if !shellIsReady {
      shellIsReady = true
      return
    }
    guard let current, current.report == nil else { return }
    current.report = snapshot?.status ?? 0
    if !current.isDying { finish(current, status: snapshot?.status ?? 255, signal: nil, shellEnded: false) }
  }

  private func accept(_ parts: [ArraySlice<UInt8>], of shell: HostShell) {
    if !shellIsReady { shell.ownTrap = Array(parts[ShellProgram.reportParts - 1]) }
    let new = ShellSnapshot(parts: parts, ownTrap: shell.ownTrap, previous: snapshot)
    guard let new else { return }
    let changed = snapshot.map { !$0.isSameState(as: new) } ?? true
    let status = current?.isExpansion == true ? snapshot?.status : new.status
    snapshot = new
    snapshot?.status = status ?? new.status
    if changed { keepSnapshot() }
  }

  private func keepSnapshot() {
    guard let snapshot, let key else { return }
    snapshotDigest = snapshot.digest
    do {
      try SealedFile.write(
        CanonicalJSON.data(of: snapshot), to: folder.snapshotPath, key: key, context: SessionFolder.snapshotContext)
    } catch {
      pendingNotices.append(
        "the session's state could not be kept in \(folder.snapshotPath); after a crash it would be an older one")
    }
  }

  func shellEnded(_ status: Int32) {
    guard let shell else { return }
    let signal = status & 0x7f
    let exit = signal == 0 ? Int(status >> 8 & 0xff) : 128 + Int(signal)
    var stateKept = false
    if current?.ending == nil {
      if let report = shell.takeReport() {
        accept(report.parts, of: shell)
        lastReport = true
      }
      stateKept = lastReport
    }
    lastReport = false
    self.shell = nil
    let wasReady = shellIsReady
    shellIsReady = false
    if let current {
      current.stateKept = stateKept
      snapshot?.status = exit
      // The EXIT trap of the statement ran.
      if stateKept { snapshot?.exitTrap = Data() }
      finish(current, status: exit, signal: signal == 0 ? nil : Int(signal), shellEnded: true)
    } else if !wasReady {
      failJobs(.shellEnded(status: exit))
    }
  }

  func failJobs(_ error: SessionError) {
    for job in jobs {
      switch job {
      case .statement(_, let number), .expansion(_, let number): client?.send(.failed(error), to: number)
      }
    }
    jobs = []
  }
}
