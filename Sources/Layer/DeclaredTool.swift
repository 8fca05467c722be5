import Runbook

/// A declaration with its patterns read.
package struct DeclaredTool: Sendable {
  package let name: String
  package let layer: DeclaredLayer
  package let patterns: [MatchPattern]

  package init(name: String, layer: DeclaredLayer) {
    self.name = name
    self.layer = layer
    patterns = MatchPattern.all(of: layer)
  }

  /// By their names, so that the order is always the same.
  package static func all(of layers: [String: DeclaredLayer]) -> [DeclaredTool] {
    layers.sorted { $0.key < $1.key }.map { DeclaredTool(name: $0.key, layer: $0.value) }
  }

  /// Of what `found` gives for the declarations that fit, that of the pattern which says most; of equals the first.
  package static func best<Found>(
    of tools: [DeclaredTool], _ found: (DeclaredTool, MatchPattern) -> Found?
  ) -> Found? {
    var best: (weight: Int, found: Found)?
    for tool in tools {
      for pattern in tool.patterns where pattern.weight > best?.weight ?? -1 {
        if let found = found(tool, pattern) { best = (pattern.weight, found) }
      }
    }
    return best?.found
  }
}
