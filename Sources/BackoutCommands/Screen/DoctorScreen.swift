/// Whether Backout can work here.
struct DoctorScreen {
  var result: DoctorCommand.Result

  var text: String { text(width: Console.width) }

  func text(width: Int) -> String {
    func sign(_ good: Bool) -> String { good ? Style.good.paint("✓") : Style.bad.paint("✗") }
    func row(_ good: Bool, _ name: String, _ said: String) -> String {
      "  \(sign(good)) \(Text.fit(name, 14)) \(Text.cut(said, width - 20))"
    }
    let isGood = result.journal == "ok" && result.key == "ok"
    let missing = Set(result.tools.filter { !$0.found }.map(\.name)).sorted()
    let verdict =
      !isGood
      ? Style.bad.paint("cannot work here yet")
      : missing.isEmpty
        ? Style.good.paint("everything is here")
        : Style.warn.paint("works, without: \(missing.joined(separator: ", "))")
    var lines = [
      "\(Style.strong.paint("backout \(result.version)"))  \(verdict)", "",
      row(result.journal == "ok", "journal", result.journal == "ok" ? result.home : result.journal),
      row(result.key == "ok", "key", result.key == "ok" ? "before-images and output are encrypted" : result.key),
      row(result.freeBytes != nil, "room", (result.freeBytes.map(Text.bytes) ?? "not known") + " free"), "",
    ]
    var seen: Set<String> = []
    for tool in result.tools where seen.insert(tool.name).inserted {
      let users = result.tools.filter { $0.name == tool.name }.map(\.neededBy).joined(separator: ", ")
      let said = tool.found ? tool.version ?? "" : "missing: \(tool.advice ?? "")"
      lines.append(row(tool.found, tool.name, "\(said)  for \(users)"))
    }
    return lines.joined(separator: "\n")
  }
}
