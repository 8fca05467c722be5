import Foundation
import Layer
import Planning
import Runbook
import Testing

/// A script that is not there yet: only where nothing before could make it is it known to be missing.
@Suite struct MissingScriptTests {
  /// What `.venv/bin/activate`, run by the last command, is told.
  private func problem(
    _ commands: String..., arrives: [String: String] = [:], removes: [String] = [], found: Int = 0
  ) async throws -> Problem? {
    var world = PlanningWorld(stages: [PlanningWorld.stage("step-1", commands.map(PlanningWorld.shell))])
    var shell = FakeDriver.shell
    shell.forecasts = { effect in
      let isMissing = effect.summary.hasPrefix("source") || effect.summary.hasPrefix("bash")
      return Forecast(
        from: "", to: "", problems: isMissing ? [Problem(code: "script-missing", message: "it is not there")] : [])
    }
    var git = FakeDriver.git(removes: removes)
    git.forecasts = { effect in
      var forecast = Forecast(from: "", to: effect.summary, removes: removes)
      forecast.arrives = arrives
      return forecast
    }
    world.drivers = [git, .files, shell]
    world.runner.results = ["abc:bin/restart": CommandResult(status: found, output: Data())]
    return try await world.plan().problems.first { $0.code == "script-missing" }
  }

  @Test func whatAnEarlierStepMakesIsNotMissing() async throws {
    let made = try await problem("python -m venv .venv", "source .venv/bin/activate")
    #expect(made?.severity == .note)
    #expect(made?.message == "it is not there, but step-1/1 (python -m venv .venv) is to make it before")
    #expect(try await problem("python -m venv .venv && source .venv/bin/activate")?.severity == .note)
    #expect(try await problem("> run.sh", "bash run.sh")?.severity == .note)
  }

  @Test func whatNobodyCanLookIntoMayMakeIt() async throws {
    let may = try await problem("make everything", "source .venv/bin/activate")
    #expect(may?.severity == .warning)
    #expect(
      may?.message.hasSuffix("unless step-1/1 (make everything) makes it before: nobody can look into that") == true)
  }

  @Test func whatNothingMakesIsMissing() async throws {
    for before in ["echo .venv", "git fetch", "> other.sh", "ssh host make"] {
      #expect(try await problem(before, "source .venv/bin/activate")?.severity == .error, "\(before)")
    }
    #expect(try await problem("source .venv/bin/activate", "python -m venv .venv")?.severity == .error)
  }

  @Test func aReleaseThatIsCheckedOutBringsIt() async throws {
    let tree = ["/srv/app": "abc"]
    #expect(try await problem("git checkout abc", "bash bin/restart", arrives: tree)?.severity == .note)
    #expect(try await problem("git checkout abc", "bash bin/restart", arrives: tree, found: 128)?.severity == .error)
  }
}

/// A program that is not here yet: where an earlier step installs packages it may come with them.
@Suite struct MissingProgramTests {
  private func severity(_ commands: String...) async throws -> Problem? {
    var world = PlanningWorld(stages: [PlanningWorld.stage("step-1", commands.map(PlanningWorld.shell))])
    var shell = FakeDriver.shell
    shell.forecasts = { effect in
      let isMissing = effect.summary.hasPrefix("alembic")
      return Forecast(
        from: "", to: "", problems: isMissing ? [Problem(code: "command-missing", message: "alembic is not here")] : [])
    }
    world.drivers = [.git(removes: []), .files, shell]
    return try await world.plan().problems.first { $0.code == "command-missing" }
  }

  @Test(arguments: [
    "pip install -r requirements.txt", "python -m pip install alembic", "sudo apt-get install -y alembic",
    "source .venv/bin/activate", "export PATH=\"$HOME/bin:$PATH\"", "npm ci",
  ])
  func anEarlierStepMayBringIt(before: String) async throws {
    let problem = try await severity(before, "alembic downgrade -1")
    #expect(problem?.severity == .warning, "\(before)")
    #expect(problem?.message.contains("unless step-1/1") == true, "\(before)")
  }

  @Test(arguments: ["pip list", "npm run build", "source .env", "ssh host pip install alembic"])
  func nothingElseDoes(before: String) async throws {
    #expect(try await severity(before, "alembic downgrade -1")?.severity == .error, "\(before)")
    #expect(try await severity("alembic downgrade -1", "pip install alembic")?.severity == .error)
  }
}
