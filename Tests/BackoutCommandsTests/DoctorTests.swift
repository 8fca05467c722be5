import Foundation
import Testing

@testable import BackoutCommands

@Suite("doctor")
struct DoctorTests {
  private func finding(
    _ name: String, _ layer: String, _ version: String? = nil, missing advice: String? = nil
  ) -> DoctorCommand.Finding {
    DoctorCommand.Finding(name: name, neededBy: layer, found: advice == nil, version: version, advice: advice)
  }

  private func lines(_ tools: [DoctorCommand.Finding], journal: String = "ok") -> [String] {
    let result = DoctorCommand.Result(
      version: "0.1.0", home: "/home/a/state", freeBytes: nil, journal: journal, key: "ok", tools: tools)
    return DoctorScreen(result: result, withoutTools: ["config", "http"]).text(width: 100).split(separator: "\n")
      .map { $0.split(separator: " ").joined(separator: " ") }
  }

  private var own: [DoctorCommand.Finding] { [finding("bash", "session", "5.2"), finding("shfmt", "reading", "v3.8")] }

  @Test func toolsStandUnderTheirLayerAndWhatIsHereComesFirst() {
    let lines = lines(
      own + [
        finding("mail", "message", missing: "apt-get install mailutils"), finding("sendmail", "message"),
        finding("psql", "backup", "psql 16.4"), finding("psql", "postgres", "psql 16.4"),
      ])
    #expect(lines[0] == "backout 0.1.0 works here; 1 tool is not here, needed only by a runbook that uses it")
    #expect(
      Array(lines.drop { $0 != "message" }) == [
        "message", "✓ sendmail here", "· mail not here: apt-get install mailutils", "backup", "✓ psql psql 16.4",
        "postgres", "✓ psql psql 16.4", "no tool of their own: config, http",
      ])
  }

  @Test func theVerdictIsTrue() {
    #expect(lines(own)[0] == "backout 0.1.0 everything is here")
    let two = own + [finding("pm2", "process", missing: "x"), finding("psql", "backup", missing: "y")]
    // One that two layers need is one tool.
    #expect(
      lines(two + [finding("psql", "postgres", missing: "y")])[0]
        == "backout 0.1.0 works here; 2 tools are not here, needed only by a runbook that uses them")
    #expect(lines(own, journal: "it cannot be opened")[0] == "backout 0.1.0 cannot work here yet")
    #expect(lines([finding("bash", "session", missing: "apt-get install bash")])[0].hasSuffix("cannot work here yet"))
    let plain = lines([own[0], finding("shfmt", "reading", missing: "apt-get install shfmt")])
    #expect(plain[0] == "backout 0.1.0 works, without shfmt: only plain commands are understood")
    #expect(plain.contains("✗ shfmt not here: apt-get install shfmt"))
  }

  @Test func whatEachLayerNeedsIsLookedFor() {
    let wanted = DoctorCommand.wanted
    func names(_ layer: String) -> [String] { wanted.filter { $0.neededBy == layer }.map(\.name) }
    #expect(names("session") == ["bash"] && names("places") == ["ssh", "sudo"])
    #expect(names("process") == ["killall", "pkill", "pm2", "service", "supervisorctl", "systemctl"])
    #expect(names("image") == ["docker", "docker compose", "docker-compose"])
    #expect(names("postgres") == ["psql"] && names("message").contains("sendmail"))
    #expect(Set(["kubectl", "helm", "nginx", "socat", "jq"]).isSubset(of: names("declared")))
    for tool in wanted { #expect(DoctorCommand.advice[tool.name] != nil, "what to install for \(tool.name)?") }
  }

  @Test func aToolIsAskedForItsVersion() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("backout-doctor-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, script) in [
      "socat": "echo 'socat by its authors'; echo 'socat version 1.8'", "nginx": "echo 'nginx/1.26' >&2",
      "crontab": "echo 'usage 3' >&2; exit 1", "pm2": "echo started >\"$(dirname \"$0\")/told\"",
      "docker": "[ \"$1\" = --version ] && echo 'Docker 27' || { echo 'no command 5' >&2; exit 1; }",
    ] {
      let file = folder.appendingPathComponent(name)
      try Data(("#!/bin/bash\n" + script + "\n").utf8).write(to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    let asked: [(String, [String])] = [
      ("socat", ["-V"]), ("nginx", ["-v"]), ("crontab", ["-V"]), ("pm2", []), ("docker", ["--version"]),
      ("docker compose", ["version"]), ("no-such-tool", ["--version"]), ("no-such-tool-either", []),
    ]
    let found = await DoctorCommand.look(
      for: asked.map { DoctorCommand.Tool(name: $0.0, arguments: $0.1, neededBy: "x") },
      variables: ["PATH": folder.path + ":/usr/bin:/bin"])
    #expect(found.map(\.name) == asked.map { $0.0 })
    #expect(found.map(\.found) == [true, true, true, true, true, false, false, false])
    #expect(found.map(\.version) == ["socat version 1.8", "nginx/1.26", nil, nil, "Docker 27", nil, nil, nil])
    // It was looked for, and not started.
    #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("told").path))
    #expect(found.last?.advice == "install no-such-tool-either")
  }
}
