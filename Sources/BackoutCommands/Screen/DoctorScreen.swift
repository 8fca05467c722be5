/// Whether Backout can work here.
struct DoctorScreen {
  var result: DoctorCommand.Result
  /// Drivers whose commands need no tool of their own.
  var withoutTools = drivers.drivers.filter { $0.tools.isEmpty }.map { $0.id }.sorted()

  var text: String { text(width: Console.width) }

  func text(width: Int) -> String {
    func row(_ good: Bool, _ name: String, _ said: String) -> String {
      "  \(good ? Style.good.paint("✓") : Style.bad.paint("✗")) \(Text.fit(name, 14)) \(Text.cut(said, width - 20))"
    }
    var lines = [
      "\(Style.strong.paint("backout \(result.version)"))  \(verdict)", "",
      row(result.journal == "ok", "journal", result.journal == "ok" ? result.home : result.journal),
      row(result.key == "ok", "key", result.key == "ok" ? "before-images and output are encrypted" : result.key),
      row(result.freeBytes != nil, "room", (result.freeBytes.map(Text.bytes) ?? "not known") + " free"),
    ]
    for layer in layers {
      let tools = result.tools.filter { $0.neededBy == layer }
      lines += ["", Style.strong.paint(layer)]
      for tool in tools where tool.found { lines.append(row(true, tool.name, tool.version ?? tool.advice ?? "here")) }
      for tool in tools where !tool.found {
        let said = "not here: \(tool.advice ?? "")"
        // Only what every run needs is a fault.
        lines.append(
          Self.isOwn(layer)
            ? row(false, tool.name, said) : "  · \(Text.fit(tool.name, 14)) \(Text.cut(said, width - 20))")
      }
    }
    if !withoutTools.isEmpty { lines += ["", "no tool of their own: \(withoutTools.joined(separator: ", "))"] }
    return lines.joined(separator: "\n")
  }

  /// In the order in which they were looked for.
  private var layers: [String] {
    var seen: Set<String> = []
    return result.tools.map(\.neededBy).filter { seen.insert($0).inserted }
  }

  private static func isOwn(_ layer: String) -> Bool { layer == "session" || layer == "reading" }

  private var verdict: String {
    let missing = result.tools.filter { !$0.found }
    if !result.canWork { return Style.bad.paint("cannot work here yet") }
    if missing.contains(where: { $0.neededBy == "reading" }) {
      return Style.warn.paint("works, without shfmt: only plain commands are understood")
    }
    let count = Set(missing.map(\.name)).count
    if count == 0 { return Style.good.paint("everything is here") }
    return Style.good.paint("works here") + "; \(count == 1 ? "1 tool is" : "\(count) tools are") not here, "
      + "needed only by a runbook that uses \(count == 1 ? "it" : "them")"
  }
}
