import Foundation
import Layer
import Runbook

extension MigrationTool {
  /// A tool that `layers:` declares in four commands.
  static let declared = MigrationTool(
    id: "declared", read: { _ in nil },
    locate: { tool in
      guard let declared = tool.request.declared else { throw ToolFailure(description: "nothing is declared") }
      let chain: MigrationChain
      if let known = tool.chain {
        chain = known
      } else {
        let list = try await tool.shell(declared.migrations.list)
        chain = MigrationChain(
          list.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        )
      }
      let current = try await tool.shell(declared.migrations.current)
        .split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.last { !$0.isEmpty }
      return Position(current: current.map { [chain.find($0)?.id ?? $0] } ?? [], chain: chain)
    },
    script: { tool, route in
      guard let declared = tool.request.declared else { return Script(why: "nothing is declared") }
      guard tool.request.verb == .down, let sql = declared.migrations.sql else {
        return Script(why: "layers: \(declared.name) does not say its SQL")
      }
      let text = try await tool.shell(sql, values: tool.values(of: route))
      return Script(sql: text)
    },
    wayBack: { tool, route in
      guard let declared = tool.request.declared else { return [] }
      let template = tool.request.verb == .down ? declared.migrations.up : declared.migrations.down
      var values = tool.values(of: route)
      values["target"] = route.from.last ?? ""
      guard template.contains("{revision}") else {
        return [["bash", "-c", try CommandTemplate(text: template).filled(values)]]
      }
      return try route.steps.reversed().map { step in
        values["revision"] = declared.captures["revision"] ?? step.id
        return ["bash", "-c", try CommandTemplate(text: template).filled(values)]
      }
    })
}

extension ToolRunner {
  /// What the names of a declaration stand for.
  func values(of route: Route) -> [String: String] {
    var values = request.declared?.captures ?? [:]
    values["target"] = route.to.last ?? ""
    if values["revision"] == nil { values["revision"] = route.steps.first?.id }
    return values
  }

  /// What a declared command prints. Throws `ToolFailure` where it fails.
  func shell(_ template: String, values: [String: String]? = nil) async throws -> String {
    let text: String
    do {
      text = try CommandTemplate(text: template).filled(values ?? request.declared?.captures ?? [:])
    } catch let refusal as CommandTemplate.UnsafeValue {
      throw ToolFailure(description: refusal.description)
    }
    let result = try await run(words: ["bash", "-c", try await environment.reveal(text)])
    guard result.status == 0 else {
      throw ToolFailure(description: "`\(template)` exits \(result.status): \(said(result))")
    }
    return result.text
  }
}
