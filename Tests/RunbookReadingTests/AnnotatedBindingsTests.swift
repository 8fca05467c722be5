import Foundation
import Runbook
import Testing

@testable import RunbookReading

/// `docs/backout.yaml` is the documentation: it must be right, and whole.
@Suite struct AnnotatedBindingsTests {
  private static func text() throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "docs/backout.yaml"), encoding: .utf8)
  }

  @Test func isRead() throws {
    let bindings = try BindingsReader.read(Self.text())
    let book = try #require(bindings.runbooks["ROLLBACK.md"])
    #expect(book.parameters["YOUR_API_KEY"] == .secret(.environment("ELEVENLABS_API_KEY")))
    #expect(book.parameters["region"] == .value("eu-west-1"))
    #expect(book.carry == ["migrations"])
    #expect(book.steps["step-6/4"]?.guard?.expectation.equals == 0)
    #expect(book.steps["step-6/4"]?.ready.count == 1)
    #expect(book.steps["step-4/6"]?.verify?.expectation.json == ["release": "1.0"])
    #expect(bindings.layers.count == 5)
    #expect(bindings.layers["search-flag"]?.undo == "POST https://flags.example.com/api/{flag}/on")
    #expect(bindings.layers["release"]?.match == ["shipit {rollback,revert} {app}", "shipit back {app}"])
    #expect(bindings.layers["release"]?.wanted == .from(command: "shipit previous {app} {rest} --json"))
    #expect(
      bindings.layers["cutover"]?.wanted
        == .fields(["current_phase": "manual_only", "dlt_enabled": false, "manual_enabled": true]))
    #expect(bindings.layers["call-migrations"]?.migrations?.tables == ["dev.calls"])
    #expect(bindings.settings == Settings(lock: "default"))
  }

  /// A key that was added to the reader and not to the example is found here.
  @Test func hasEveryKey() throws {
    let text = try Self.text()
    let reader = BindingsReader.self
    let all =
      reader.fileKeys + reader.runbookKeys + reader.parameterKeys + reader.connectionKeys + reader.stepKeys
      + reader.checkKeys + reader.expectationKeys.filter { !reader.signs.keys.contains($0) } + reader.layerKeys
      + reader.wantedKeys + reader.migrationKeys
      + reader.personKeys + reader.settingKeys.filter { !$0.contains("_") } + reader.limitKeys
    for key in Set(all).sorted() {
      #expect(text.contains("\(key):"), "docs/backout.yaml does not show the key `\(key)`")
    }
  }
}
