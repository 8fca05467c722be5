import Foundation
import Layer
import Runbook

/// What one `crontab` command is asked to do.
struct CrontabCommand: Codable, Hashable, Sendable {
  enum Action: Codable, Hashable, Sendable {
    case list
    case remove
    /// The whole list becomes what `source` holds.
    case install(Source)
  }

  /// Where the new list comes from.
  enum Source: Codable, Hashable, Sendable {
    /// A file beside the list: crontab opens it in its own place. Absolute.
    case file(String)
    /// A file that the session's shell opens, wherever crontab acts. Absolute.
    case redirected(String)
    /// A here-document or here-string whose text is known.
    case text(String)
    /// A pipeline that ends in a sed of one exact line. Where the list comes from before that is not known.
    case edited(LineEdit)
    /// What another pipeline brings, or a text that only the shell knows.
    case unknown
  }

  var action: Action
  /// Nil: of whoever runs it.
  var user: String?
  /// Words without a value yet.
  var missing: [String] = []

  /// Nil where it is no crontab command, opens an editor, or cannot be meant.
  init?(_ command: ParsedCommand, in context: ReadingContext) {
    guard command.name == "crontab" else { return nil }
    var action: Action?
    var words = command.words.dropFirst()
    while let word = words.popFirst() {
      guard let text = WordExpansion.expandedValue(of: word, in: context) else {
        missing += word.variables
        if action == nil { action = .install(.unknown) }
        continue
      }
      switch text {
      case "-l": action = .list
      case "-r", "-ir", "-ri": action = .remove
      case "-e": return nil
      case "-i": break
      case "-u": user = words.popFirst().map { WordExpansion.expandedValue(of: $0, in: context) ?? $0.text }
      case "-": action = .install(Self.input(of: command, in: context))
      default:
        if text.hasPrefix("-u") {
          user = String(text.dropFirst(2))
        } else if text.hasPrefix("-") {
          return nil
        } else {
          action = .install(.file(context.absolutePath(text)))
        }
      }
    }
    if action == nil, command.context == .pipeline || command.redirections.contains(where: { !$0.writes }) {
      action = .install(Self.input(of: command, in: context))
    }
    guard let action else { return nil }
    self.action = action
  }

  private static func input(of command: ParsedCommand, in context: ReadingContext) -> Source {
    if command.context == .pipeline, let edit = LineEdit(feed: command.feed, in: context) { return .edited(edit) }
    for redirection in command.redirections.reversed() where !redirection.writes {
      switch redirection.operator {
      case "<":
        guard let path = WordExpansion.expandedValue(of: redirection.target, in: context) else { return .unknown }
        return .redirected(context.absolutePath(path))
      case "<<<":
        return WordExpansion.expandedValue(of: redirection.target, in: context).map { .text($0 + "\n") } ?? .unknown
      case "<<", "<<-":
        return redirection.hereDocument.map { .text($0) } ?? .unknown
      default: continue
      }
    }
    return .unknown
  }

  var role: Step.Role { action == .list ? .observe : .change }

  /// Whether doing it again does no harm: the list is the same afterwards.
  var isRepeatable: Bool {
    switch action {
    case .list, .remove, .install(.file), .install(.redirected), .install(.text): true
    case .install(.edited), .install(.unknown): false
    }
  }

  /// `crontab` with what says whose.
  var words: [String] { ["crontab"] + (user.map { ["-u", $0] } ?? []) }

  func target(at place: Place) -> String {
    "crontab:" + (place.isHere ? "" : "\(place.label) ") + (user ?? "own")
  }
}

/// A list of jobs, as its text.
struct JobList: Hashable, Sendable {
  var text: Data

  /// The lines that start something: no comments, no settings.
  var jobs: [String] {
    String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { line in
        guard let first = line.first, first != "#" else { return false }
        // `MAILTO=ops`: a name before the equals sign, where a job has a time.
        let name = line.prefix { $0 != "=" }
        return name.count == line.count
          || !name.trimmingCharacters(in: .whitespaces).allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
      }
  }

  var summary: String { jobs.count.counted("job") }

  /// Jobs that `other` has and this has not, and the reverse.
  func difference(to other: JobList) -> (come: [String], gone: [String]) {
    let mine = Set(jobs)
    let theirs = Set(other.jobs)
    return (other.jobs.filter { !mine.contains($0) }, jobs.filter { !theirs.contains($0) })
  }
}
