import Runbook

/// Findings as SARIF 2.1.0, the form that code scanning shows.
/// Source: OASIS Standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
public struct SARIF: Encodable, Sendable {
  private let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
  private let version = "2.1.0"
  private let runs: [Run]

  private enum CodingKeys: String, CodingKey {
    case schema = "$schema"
    case version, runs
  }

  /// - Parameters:
  ///   - files: their paths, relative to the repository, become the artifacts' locations.
  ///   - toolVersion: Backout's own.
  public init(_ files: [LintedFile], rules: [any LintRule] = allRules, toolVersion: String) {
    let used = Set(files.flatMap(\.findings).map(\.rule))
    let known = rules.filter { used.contains($0.id) }
    let extra = used.subtracting(rules.map(\.id)).sorted()
    let descriptors =
      known.map(Descriptor.init)
      + extra.map { Descriptor(id: $0, shortDescription: Text(text: "A suppression that suppresses nothing.")) }
    let indices = Dictionary(
      descriptors.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    let results = files.flatMap { file in
      file.findings.map { Result($0, in: file.path, ruleIndex: indices[$0.rule] ?? 0) }
    }
    let driver = Driver(semanticVersion: toolVersion, rules: descriptors)
    runs = [Run(tool: Tool(driver: driver), results: results)]
  }

  private struct Text: Encodable, Sendable { var text: String }
  private struct Markdown: Encodable, Sendable {
    var text: String
    var markdown: String
  }
  private struct Tool: Encodable, Sendable { var driver: Driver }
  private struct Driver: Encodable, Sendable {
    let name = "backout"
    var semanticVersion: String
    var rules: [Descriptor]
  }
  private struct Run: Encodable, Sendable {
    var tool: Tool
    let columnKind = "unicodeCodePoints"
    var results: [Result]
  }

  private struct Descriptor: Encodable, Sendable {
    struct Configuration: Encodable, Sendable { var level: Level }
    var id: String
    var shortDescription: Text
    var fullDescription: Text?
    var help: Markdown?
    var helpUri: String?
    var defaultConfiguration: Configuration?

    init(id: String, shortDescription: Text) {
      self.id = id
      self.shortDescription = shortDescription
    }

    init(_ rule: any LintRule) {
      id = rule.id
      shortDescription = Text(text: rule.summary)
      fullDescription = Text(text: rule.explanation)
      help = Markdown(text: rule.explanation, markdown: rule.explanation)
      helpUri = rule.references.first
      defaultConfiguration = Configuration(level: Level(rule.severity))
    }
  }

  private enum Level: String, Encodable, Sendable {
    case note, warning, error

    init(_ severity: Finding.Severity) {
      switch severity {
      case .note: self = .note
      case .warning: self = .warning
      case .error: self = .error
      }
    }
  }

  private struct Result: Encodable, Sendable {
    var ruleId: String
    var ruleIndex: Int
    var level: Level
    var message: Text
    var locations: [Location]
    var fixes: [Fix]?

    init(_ finding: Finding, in path: String, ruleIndex: Int) {
      ruleId = finding.rule
      self.ruleIndex = ruleIndex
      level = Level(finding.severity)
      message = Text(text: finding.message + (finding.fix.map { " Fix: \($0.title)" } ?? ""))
      locations = [
        Location(
          physicalLocation: .init(
            artifactLocation: Artifact(path),
            region: Region(startLine: finding.line, startColumn: nil, endLine: finding.endLine)))
      ]
      guard let fix = finding.fix, !fix.edits.isEmpty else { return }
      let replacements = fix.edits.map { edit in
        // Whole lines: from the first one's beginning to the beginning of the one after the last.
        Replacement(
          deletedRegion: Region(startLine: edit.line, startColumn: 1, endLine: edit.endLine + 1, endColumn: 1),
          insertedContent: edit.text.map { Text(text: $0 + "\n") })
      }
      fixes = [
        Fix(
          description: Text(text: fix.title),
          artifactChanges: [Change(artifactLocation: Artifact(path), replacements: replacements)])
      ]
    }
  }

  private struct Location: Encodable, Sendable {
    struct Physical: Encodable, Sendable {
      var artifactLocation: Artifact
      var region: Region
    }
    var physicalLocation: Physical
  }
  private struct Artifact: Encodable, Sendable {
    var uri: String

    /// A relative path as a URI reference: blanks and the like are percent-encoded.
    init(_ path: String) {
      let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/".utf8)
      uri = path.utf8.map { byte in
        guard !plain.contains(byte) else { return String(UnicodeScalar(byte)) }
        let hex = String(byte, radix: 16, uppercase: true)
        return "%" + (hex.count < 2 ? "0" : "") + hex
      }.joined()
    }
  }
  private struct Region: Encodable, Sendable {
    var startLine: Int
    var startColumn: Int?
    var endLine: Int
    var endColumn: Int?
  }
  private struct Fix: Encodable, Sendable {
    var description: Text
    var artifactChanges: [Change]
  }
  private struct Change: Encodable, Sendable {
    var artifactLocation: Artifact
    var replacements: [Replacement]
  }
  private struct Replacement: Encodable, Sendable {
    var deletedRegion: Region
    var insertedContent: Text?
  }
}
