import Layer
import Runbook

/// Whether the code, schema, configuration and images that a plan leaves behind fit together, as one verdict.
public struct Compatibility: Codable, Hashable, Sendable {
  public enum Verdict: String, Codable, Hashable, Sendable {
    case fits
    /// Something of it could not be seen.
    case unclear
    case conflicts
  }

  /// What the plan leaves of one layer.
  public struct Part: Codable, Hashable, Sendable {
    public var layer: LayerKind
    /// The last step that changes it.
    public var step: String
    public var to: String
  }

  public struct Reason: Codable, Hashable, Sendable {
    public var step: String
    public var code: String
    public var text: String
  }

  public var verdict: Verdict
  public var parts: [Part]
  public var reasons: [Reason]

  static let layers: [LayerKind] = [.code, .schema, .data, .backup, .config, .flag, .image]

  /// Problems that say that two of the parts do not fit.
  static let codes: Set<String> = [
    "wrong-order", "script-removed", "target-unknown", "target-variable-missing", "revision-unknown",
    "not-reversible", "not-an-ancestor", "image-missing", "backup-older", "backup-other-database",
  ]

  /// Nil where a plan changes none of those layers, or only one of them and nothing is in the way.
  static func of(_ drafts: [Draft]) -> Compatibility? {
    let running = drafts.filter { !$0.isLeftOut }
    let parts = layers.compactMap { layer in
      running.last { $0.planned.changes && $0.planned.layer == layer }
        .map { Part(layer: layer, step: $0.id, to: $0.planned.to.isEmpty ? $0.planned.title : $0.planned.to) }
    }
    let telling = running.flatMap(\.problems).filter { codes.contains($0.code) && $0.severity != .note }
    if parts.count < 2, telling.isEmpty { return nil }
    let steps = Set(parts.map(\.step))
    let unseen = running.filter { steps.contains($0.id) }.flatMap(\.problems).filter { $0.code == "not-observed" }
    let verdict: Verdict =
      telling.contains { $0.severity != .warning } ? .conflicts : telling.isEmpty && unseen.isEmpty ? .fits : .unclear
    return Compatibility(
      verdict: verdict, parts: parts,
      reasons: (telling + unseen).map { Reason(step: $0.step ?? "", code: $0.code, text: $0.message) })
  }
}
