import Layer
import Runbook

/// A declaration with its patterns read.
struct DeclaredTool: Sendable {
  let name: String
  let layer: DeclaredLayer
  let patterns: [MatchPattern]

  init(name: String, layer: DeclaredLayer) {
    self.name = name
    self.layer = layer
    patterns = MatchPattern.all(of: layer)
  }

  /// Of the declarations that fit, the one whose pattern says most; of equals the first.
  static func best(of tools: [DeclaredTool], for words: StatementWords) -> DeclaredEffect? {
    var best: (weight: Int, effect: DeclaredEffect)?
    for tool in tools {
      for pattern in tool.patterns {
        guard let effect = words.effect(of: tool.layer, called: tool.name, by: pattern) else { continue }
        if best.map({ pattern.weight > $0.weight }) ?? true { best = (pattern.weight, effect) }
      }
    }
    return best?.effect
  }
}
