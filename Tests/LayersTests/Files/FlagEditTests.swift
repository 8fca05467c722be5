import BackoutTestKit
import FilesLayer
import Foundation
import Layer
import Runbook
import RunbookReading
import Testing

/// An edit that sets flags is said to be one; the files are kept and put back as ever.
@Suite struct FlagEditTests {
  @Test(arguments: [
    ("sed -i 's/SEARCH_ENABLED=true/SEARCH_ENABLED=false/' .env", LayerKind.flag),
    ("sed -i.bak -e 's|FEATURE_X=.*|FEATURE_X=off|g' -e 's/FF_Y=1/FF_Y=0/' .env", .flag),
    ("echo SEARCH_ENABLED=false >> .env", .flag),
    ("sed -i 's/SEARCH_ENABLED=true/SEARCH_ENABLED=false/; s/PORT=1/PORT=2/' .env", .files),
    ("sed -i 's/PORT=1/PORT=2/' .env", .files), ("sed -i '/SEARCH_ENABLED/d' .env", .files),
    ("echo SEARCH_ENABLED=false > .env", .files), ("echo hello >> .env", .files), ("cat .env", .files),
  ])
  func isKnownByWhatItPutsThere(_ line: String, _ layer: LayerKind) throws {
    let statement = try #require(ShellReader().statements(of: line, line: 1).first)
    let command = try #require(statement.commands.first)
    let effect = FilesDriver().recognise(.command(command), in: ReadingContext(directory: "/srv"))
    #expect(effect?.layer == layer)
    #expect(effect?.driver == "files")
  }

  @Test func conformsAndSaysWhenItCounts() async throws {
    let world = try await FilesWorld()
    defer { world.end() }
    try await world.shell("printf '# ours\\nSEARCH_ENABLED=true\\nA=1\\n' > .env")
    let line = "sed -i 's/SEARCH_ENABLED=true/SEARCH_ENABLED=false/' .env"
    let statement = try #require(ShellReader().statements(of: line, line: 1).first)
    let command = try #require(statement.commands.first)
    let environment = world.environment()
    let report = try await exerciseDriver(
      FilesDriver(),
      DriverScenario(
        name: line, action: .command(command), statement: line, environment: environment,
        disturb: { try await world.shell("sed -i s/false/maybe/ .env") },
        disturbanceSurvives: { try await world.shell("cat .env").contains("SEARCH_ENABLED=maybe") },
        reset: { try await world.shell("printf '# ours\\nSEARCH_ENABLED=true\\nA=1\\n' > .env") }))
    #expect(report.violations == [])
    let effect = try #require(FilesDriver().recognise(.command(command), in: environment.context))
    let before = try await FilesDriver().observe(effect, in: environment)
    let forecast = try await FilesDriver().forecast(effect, before: before, in: environment)
    #expect(forecast.note == "counts once what reads the file is restarted")
  }
}
