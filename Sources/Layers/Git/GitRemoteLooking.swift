import Foundation
import Layer
import Runbook

/// Resolves what fetch, pull and push are about, by `git ls-remote`.
struct GitRemoteLooking: Sendable {
  /// The remote did not answer.
  struct Unreachable: Error, Sendable, CustomStringConvertible {
    var remote: String
    var message: String
    var description: String { "the remote \(remote) does not answer (git ls-remote): \(message)" }
  }

  let repository: GitRepository
  let head: GitSnapshot.Head

  var branch: String? { head.symbolic.map { $0.droppingPrefix("refs/heads/") } }

  func config(_ name: String) async throws -> String? { try await repository.line(["config", "--get", name]) }

  func name(_ remote: String?, pushing: Bool) async throws -> String {
    if let remote { return remote }
    if let branch {
      if pushing, let name = try await config("branch.\(branch).pushRemote") { return name }
      if pushing, let name = try await config("remote.pushDefault") { return name }
      if let name = try await config("branch.\(branch).remote") { return name }
    }
    return "origin"
  }

  func refs(of remote: String) async throws -> [String: String] {
    let result = try await repository.git(["ls-remote", "--", remote])
    guard result.status == 0 else { throw Unreachable(remote: remote, message: result.errorText.firstLine) }
    var refs: [String: String] = [:]
    for line in result.text.split(separator: "\n") {
      let words = line.split(separator: "\t")
      if words.count == 2, !words[1].hasSuffix("^{}") { refs[String(words[1])] = String(words[0]) }
    }
    return refs
  }

  /// The tracking ref of a remote's branch, where the remote is a named one.
  func tracking(_ remote: String, _ ref: String) async throws -> String? {
    guard try await config("remote.\(remote).fetch") != nil else { return nil }
    return ref.dropping(prefix: "refs/heads/").map { "refs/remotes/\(remote)/\($0)" }
  }

  func fetch(_ remote: String?, refspecs: [String], into result: inout GitWanting.Resolution) async throws {
    let remote = try await name(remote, pushing: false)
    let there = try await refs(of: remote)
    var wanted: [String: String] = [:]
    let names = refspecs.map { GitRefspec($0) }
    for (ref, sha) in there where ref.hasPrefix("refs/heads/") {
      let short = ref.droppingPrefix("refs/heads/")
      guard names.isEmpty || names.contains(where: { $0.source == short || $0.source == ref }) else { continue }
      if let local = try await tracking(remote, ref) { wanted[local] = sha }
    }
    for spec in names {
      if let source = spec.source, there["refs/heads/\(source)"] == nil, there["refs/tags/\(source)"] == nil,
        there[source] == nil, !source.contains("*"), source != "HEAD"
      {
        result.wanted.problems["target-unknown"] = "\(source) is not a branch or tag of \(remote) (git ls-remote)"
      }
    }
    result.wanted.refs = wanted
  }

  func pull(_ remote: String?, refspecs: [String], into result: inout GitWanting.Resolution) async throws {
    let remote = try await name(remote, pushing: false)
    let there = try await refs(of: remote)
    var ref = refspecs.first.map { GitRefspec($0).source ?? "HEAD" }
    if ref == nil, let branch { ref = try await config("branch.\(branch).merge") }
    guard let ref else {
      result.wanted.problems["no-upstream"] =
        head.symbolic == nil
        ? "HEAD is detached: git pull knows no branch to pull into. Check a branch out first"
        : "the branch has no upstream: git pull needs a remote and a branch"
      return
    }
    let full = [ref, "refs/heads/\(ref)", "refs/tags/\(ref)"].first { there[$0] != nil }
    guard let full, let sha = there[full] else {
      result.wanted.problems["target-unknown"] = "\(ref) is not a branch of \(remote) (git ls-remote)"
      return
    }
    result.remote["\(remote) \(full)"] = sha
    result.wanted.sha = sha
    if let now = head.sha {
      let known = try await repository.has(sha)
      result.wanted.contained = known ? try await repository.isAncestor(sha, of: now) : false
    }
  }

  func push(_ push: GitPush, into result: inout GitWanting.Resolution) async throws {
    let remote = try await name(push.remote, pushing: true)
    let there = try await refs(of: remote)
    var wanted: [String: String] = [:]
    for text in try await specs(push, remote: remote, into: &result) {
      let spec = GitRefspec(text)
      if push.deletes || spec.source == nil {
        let name = spec.destination ?? ""
        let full = [name, "refs/heads/\(name)", "refs/tags/\(name)"].first { there[$0] != nil && $0.hasPrefix("refs/") }
        if let full {
          wanted[full] = ""
        } else {
          wanted[name.hasPrefix("refs/") ? name : "refs/heads/\(name)"] = ""
        }
        continue
      }
      let source = spec.source ?? "HEAD"
      guard let sha = try await repository.line(["rev-parse", "--verify", "--quiet", source]) else {
        result.wanted.problems["target-unknown"] =
          "\(source) is not a branch, tag or commit here: there is nothing to push"
        continue
      }
      guard let full = try await destination(spec, source: source, there: there) else {
        result.wanted.problems["detached-push"] =
          "HEAD is detached: git push needs a branch to push to, such as HEAD:refs/heads/main"
        continue
      }
      wanted[full] = sha
      if !(push.force || spec.force || push.lease), let now = there[full], now != sha, full.hasPrefix("refs/heads/") {
        let known = try await repository.has(now)
        if known ? try await !repository.isAncestor(now, of: sha) : true {
          result.wanted.problems["push-rejected"] =
            "\(full) on \(remote) is at \(now.shortHash), which is not behind \(sha.shortHash): the remote refuses it "
            + "without --force-with-lease"
        }
      }
      if head.symbolic == nil, full.hasPrefix("refs/heads/"), let now = head.sha, sha != now, source != "HEAD" {
        result.wanted.problems["detached-push"] =
          "HEAD is detached at \(now.shortHash), but \(source) is at \(sha.shortHash): the push does not send what is "
          + "checked out. Perhaps HEAD:\(full)"
      }
    }
    if push.tags || push.followTags {
      for (ref, sha) in try await GitLooking(repository: repository, action: .look("push")).refs()
      where ref.hasPrefix("refs/tags/") && (push.tags || there[ref] == nil) {
        if push.tags { wanted[ref] = sha }
      }
    }
    result.wanted.remoteRefs = wanted
    for ref in wanted.keys { result.remote["\(remote) \(ref)"] = there[ref] ?? "" }
  }

  private func specs(
    _ push: GitPush, remote: String, into result: inout GitWanting.Resolution
  ) async throws -> [String] {
    if !push.refspecs.isEmpty {
      // `tag v1` is another way to say refs/tags/v1.
      guard push.refspecs.first == "tag", push.refspecs.count == 2 else { return push.refspecs }
      return ["refs/tags/\(push.refspecs[1])"]
    }
    if push.all {
      return try await GitLooking(repository: repository, action: .look("push")).refs().keys
        .filter { $0.hasPrefix("refs/heads/") }.sorted()
    }
    if push.tags { return [] }
    guard let branch else {
      result.wanted.problems["detached-push"] =
        "HEAD is detached: git push has no branch to push. Name one, such as HEAD:refs/heads/main"
      return []
    }
    let upstream = try await config("branch.\(branch).merge")
    return ["refs/heads/\(branch):\(upstream ?? "refs/heads/\(branch)")"]
  }

  private func destination(_ spec: GitRefspec, source: String, there: [String: String]) async throws -> String? {
    if let destination = spec.destination, destination != source || destination.hasPrefix("refs/") {
      if destination.hasPrefix("refs/") { return destination }
      if let full = ["refs/heads/\(destination)", "refs/tags/\(destination)"].first(where: { there[$0] != nil }) {
        return full
      }
      let kind = try await repository.line(["rev-parse", "--symbolic-full-name", source]) ?? ""
      return (kind.hasPrefix("refs/tags/") ? "refs/tags/" : "refs/heads/") + destination
    }
    if source == "HEAD" { return head.symbolic }
    let full = try await repository.line(["rev-parse", "--symbolic-full-name", source])
    return full?.hasPrefix("refs/") == true ? full : nil
  }
}

extension String {
  var firstLine: String { split(whereSeparator: \.isNewline).first.map(String.init) ?? self }
  var lastLine: String { split(whereSeparator: \.isNewline).last.map(String.init) ?? self }
}
