import BackoutTestKit
import FilesLayer
import Foundation
import Layer
import Runbook
import Testing

/// Real files with odd names in a folder of their own.
struct FilesWorld: Sendable {
  let root: String
  var folder: String { root + "/the app" }
  var variables: [String: String] {
    [
      "HOME": root + "/home", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
      "LC_ALL": "C.UTF-8", "TARGET": "core",
    ]
  }

  init() async throws {
    root =
      URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path
      + "/backout-files-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: root + "/home", withIntermediateDirectories: true)
    try await shell(
      """
      mkdir -p core/deep/er archive empty tests; printf 'one\\n' > core/a.py; printf 'two\\n' > core/b.py
      printf x > $'core/deep/odd n\\303\\244me\\nline'; chmod 640 core/a.py; chmod 751 core/deep; ln -s ../a.py core/deep/link
      printf 'old a\\n' > archive/a.py; printf 'old c\\n' > archive/c.py; chmod +x archive/c.py
      printf 'mode=new\\nport=1\\n' > app.conf; printf 'VERSION=1\\n' > .env; chmod 600 .env
      printf 1 > tests/test_a_new.py; printf 2 > tests/test_b_new.py; head -c 3000000 /dev/urandom > big.bin
      (cd archive; tar -czf ../backup.tgz a.py c.py; zip -q ../backup.zip a.py c.py)
      """)
  }

  func end() { try? FileManager.default.removeItem(atPath: root) }

  @discardableResult
  func shell(_ text: String) async throws -> String {
    let result = try await ProcessRunner().run(
      CommandRequest(words: ["bash", "-e", "-c", text], directory: folder, variables: variables))
    #expect(result.status == 0, "\(text): \(result.errorText)")
    return result.trimmed
  }

  func environment(images: any ImageStore = MemoryImageStore()) -> StepEnvironment {
    StepEnvironment(
      label: "run/step", context: ReadingContext(directory: folder, variables: variables), images: images,
      runner: ProcessRunner(), session: PlainShell(directory: folder, variables: variables), secrets: FixedSecrets())
  }

  /// Words split at blanks; `*` and `?` make a glob, `$X` a variable, `> file` a redirection.
  static func command(_ text: String, body: String? = nil, place: Place = .here) -> ParsedCommand {
    var words: [Word] = []
    var redirections: [Redirection] = []
    var tokens = text.split(separator: " ").map(String.init)[...]
    func word(_ token: String) -> Word {
      if token.hasPrefix("'") { return Word(text: token, value: String(token.dropFirst().dropLast())) }
      if let dollar = token.firstIndex(of: "$") {
        let name = token[token.index(after: dollar)...].prefix { $0.isLetter || $0 == "_" }
        return Word(text: token, value: nil, variables: [String(name)])
      }
      return token.contains { "*?".contains($0) }
        ? Word(text: token, value: nil, hasGlob: true) : Word(text: token, value: token)
    }
    while let token = tokens.popFirst() {
      if [">", ">>", "2>", "<<"].contains(token), let target = tokens.popFirst() {
        redirections.append(
          Redirection(
            descriptor: token == "2>" ? 2 : nil, operator: token == "2>" ? ">" : token, target: word(target),
            body: token == "<<" ? body : nil))
      } else {
        words.append(word(token))
      }
    }
    return ParsedCommand(words: words, redirections: redirections, place: place)
  }
}

struct FilesCase: Sendable, CustomTestStringConvertible {
  var command: String
  var body: String?
  var disturb: String?
  var survives = "true"
  var provable = true
  var testDescription: String { command }

  init(
    _ command: String, body: String? = nil, disturb: String? = nil, survives: String = "true", provable: Bool = true
  ) {
    self.command = command
    self.body = body
    self.disturb = disturb
    self.survives = survives
    self.provable = provable
  }

  var statement: String { body.map { "\(command)\n\($0)EOF" } ?? command }
}

@Suite struct FilesDriverTests {
  static let changes: [FilesCase] = [
    FilesCase("rm -rf core/", disturb: "mkdir core; printf mine > core/a.py", survives: "grep -q mine core/a.py"),
    FilesCase("rm -rf core/deep archive nowhere"),
    FilesCase(
      "rm tests/test_*_new.py", disturb: "printf mine > tests/test_a_new.py",
      survives: "grep -q mine tests/test_a_new.py"),
    FilesCase("rm -f big.bin"),
    FilesCase("rm -r $TARGET"),
    FilesCase("rmdir empty"),
    FilesCase("mv core old", disturb: "printf mine > core", survives: "grep -q mine core"),
    FilesCase("mv core archive/"),
    FilesCase("mv archive/a.py core/a.py", disturb: "printf mine > core/a.py", survives: "grep -q mine core/a.py"),
    FilesCase("mv archive/*.py core/"),
    FilesCase("cp archive/*.py core/", disturb: "printf mine > core/c.py", survives: "grep -q mine core/c.py"),
    FilesCase("cp archive/a.py new.py", disturb: "printf mine > new.py", survives: "grep -q mine new.py"),
    FilesCase("cp -r core copy", disturb: "printf mine > copy/extra", survives: "grep -q mine copy/extra"),
    FilesCase("cp -a core archive"),
    FilesCase("cp -r core/. archive"),
    FilesCase("cp -p .env .env.bak"),
    FilesCase("install -m 600 archive/a.py core/a.py"),
    FilesCase("sed -i s/new/old/ app.conf", disturb: "printf mine > app.conf", survives: "grep -q mine app.conf"),
    FilesCase("sed -i.bak -e s/new/old/ app.conf .env"),
    FilesCase("sed -n -i '/port/p' app.conf"),
    FilesCase("mkdir -p a/b/c", disturb: "printf mine > a/b/c/x", survives: "grep -q mine a/b/c/x"),
    FilesCase("mkdir fresh"),
    FilesCase("ln -s core current", disturb: "ln -sfn archive current", survives: "test $(readlink current) = archive"),
    FilesCase("ln -sf b.py core/a.py"),
    FilesCase("ln core/a.py hard.py"),
    FilesCase(
      "chmod 700 core/a.py core/b.py", disturb: "chmod 604 core/a.py", survives: "test $(stat -c %a core/a.py) = 604"),
    FilesCase("chmod -R go-w,u+x core"),
    FilesCase("chmod +x app.conf"),
    FilesCase("touch app.conf marker", disturb: "printf mine > marker", survives: "grep -q mine marker"),
    FilesCase("tee core/a.py < app.conf", provable: false),
    FilesCase("truncate -s 0 big.bin", disturb: "printf mine > big.bin", survives: "grep -q mine big.bin"),
    FilesCase("echo off > app.conf", disturb: "printf mine > app.conf", survives: "grep -q mine app.conf"),
    FilesCase("echo more >> app.conf"),
    FilesCase(
      "cat > fresh.conf << EOF", body: "a=1\nb=2\n", disturb: "printf mine > fresh.conf",
      survives: "grep -q mine fresh.conf"),
    FilesCase("cat app.conf core/a.py > both", provable: false),
    FilesCase("tar -xzf backup.tgz -C core", disturb: "printf mine > core/c.py", survives: "grep -q mine core/c.py"),
    FilesCase("tar xzf backup.tgz"),
    FilesCase("unzip -o -q backup.zip -d core", provable: false),
  ]

  @Test(arguments: changes)
  func conforms(_ scenario: FilesCase) async throws {
    let world = try await FilesWorld()
    defer { world.end() }
    try await world.shell("cp -a . ../saved")
    let disturb: @Sendable () async throws -> Void = { try await world.shell(scenario.disturb ?? "true") }
    var command = FilesWorld.command(scenario.command, body: scenario.body)
    if scenario.command.contains("< app.conf") { command.words = Array(command.words.prefix(2)) }
    let report = try await exerciseDriver(
      FilesDriver(),
      DriverScenario(
        name: scenario.command, action: .command(command), statement: scenario.statement,
        environment: world.environment(), disturb: scenario.disturb == nil ? nil : disturb,
        disturbanceSurvives: {
          try await ProcessRunner().run(
            CommandRequest(
              words: ["bash", "-c", scenario.survives], directory: world.folder, variables: world.variables)
          ).status == 0
        }, reset: { try await world.shell("find . -mindepth 1 -delete; cp -a ../saved/. .") },
        isProvable: scenario.provable))
    #expect(report.violations.isEmpty, "\(report.violations.joined(separator: "\n"))")
    if scenario.disturb == nil {
      // Bytes, modes, links and names, by other means than the driver's.
      try await world.shell(
        "diff -r --no-dereference . ../saved; cmp <(find . -printf '%p %y %m %s %l\\0' | grep -zv ' d ' | sort -z) <(cd ../saved; find . -printf '%p %y %m %s %l\\0' | grep -zv ' d ' | sort -z)"
      )
    }
  }

  @Test func theSameThroughAPrefix() async throws {
    for text in [
      "rm -rf core", "mv core archive/", "cp -r core copy", "sed -i s/new/old/ app.conf", "chmod -R go-w core",
      "ln -s core current", "rm tests/test_*_new.py", "mkdir -p a/b", "tar -xzf backup.tgz -C core",
    ] {
      let world = try await FilesWorld()
      defer { world.end() }
      var command = FilesWorld.command(text)
      // `env` stands for a prefix that leads somewhere: the driver must go through it for everything.
      command.place = .container(name: "here", prefix: ["env", "-C", world.folder])
      let report = try await exerciseDriver(
        FilesDriver(),
        DriverScenario(name: text, action: .command(command), statement: text, environment: world.environment()))
      #expect(report.violations.isEmpty, "\(text): \(report.violations.joined(separator: "\n"))")
    }
  }

  @Test(arguments: [
    "ls -la", "cat app.conf", "head -3 app.conf", "grep mode app.conf", "find . -name *.py", "stat app.conf",
    "wc -l app.conf",
    "diff app.conf app.conf", "test -f app.conf", "du -sh .", "df -h", "pwd", "tail -n 3 app.conf", "echo hello",
    "tar -tzf backup.tgz",
  ])
  func looks(_ text: String) async throws {
    let world = try await FilesWorld()
    defer { world.end() }
    let report = try await exerciseDriver(
      FilesDriver(),
      DriverScenario(
        name: text, action: .command(FilesWorld.command(text)), statement: text, environment: world.environment()))
    #expect(report.violations.isEmpty, "\(report.violations)")
    let effect = FilesDriver().recognise(.command(FilesWorld.command(text)), in: ReadingContext(directory: "/srv"))
    #expect(effect?.role == .observe)
  }

  @Test(arguments: ["tail -f app.log", "find . -delete", "find . -exec rm {} +", "python x.py", "sort -o x x"])
  func doesNotKnow(_ text: String) {
    let effect = FilesDriver().recognise(.command(FilesWorld.command(text)), in: ReadingContext(directory: "/srv"))
    #expect(effect == nil)
  }

  @Test func aFileWhoseNameOnlyTheStepKnewIsForAPersonToFind() async throws {
    let world = try await FilesWorld()
    defer { world.end() }
    let environment = world.environment()
    var command = FilesWorld.command("touch report.md")
    command.words[1] = Word(text: "report_$(date).md", value: nil)
    let effect = try #require(FilesDriver().recognise(.command(command), in: environment.context))
    let before = try await FilesDriver().observe(effect, in: environment)
    let probe = try await FilesDriver().probe(effect, before: before, marker: nil, in: environment)
    #expect(probe == .undetermined("report_$(date).md was known only to the step: look for it"))
  }

  struct Finding: Sendable, CustomTestStringConvertible {
    var command: String
    var code: String
    var severity: Problem.Severity = .error
    var testDescription: String { "\(command): \(code)" }
  }

  @Test(arguments: [
    Finding(command: "rm nowhere", code: "source-missing"),
    Finding(command: "rm -f nowhere", code: "no-op", severity: .note),
    Finding(command: "rm core", code: "is-folder"),
    Finding(command: "rm -rf $UNSET/x", code: "variable-missing"),
    Finding(command: "rm -rf /", code: "too-wide"),
    Finding(command: "rm -rf *", code: "too-wide"),
    Finding(command: "rm -rf ..", code: "too-wide"),
    Finding(command: "rm -rf ~", code: "too-wide"),
    Finding(command: "rm -rf /etc", code: "too-wide"),
    Finding(command: "cp missing core/", code: "source-missing"),
    Finding(command: "cp scripts/old_*/*.py core/", code: "no-match"),
    Finding(command: "cp archive/a.py core/", code: "replaces", severity: .note),
    Finding(command: "cp core copy", code: "is-folder"),
    Finding(command: "mv missing core/", code: "source-missing"),
    Finding(command: "sed -i s/nothing/x/ app.conf", code: "no-op"),
    Finding(command: "mkdir core", code: "exists"),
    Finding(command: "rmdir core", code: "not-empty"),
    Finding(command: "ln -s x app.conf", code: "exists"),
    Finding(command: "unzip backup.zip -d archive", code: "asks"),
    Finding(command: "echo x > nowhere/file", code: "source-missing"),
    Finding(command: "tar -xzf missing.tgz", code: "source-missing"),
  ])
  func finds(_ finding: Finding) async throws {
    let world = try await FilesWorld()
    defer { world.end() }
    let environment = world.environment()
    let driver = FilesDriver()
    let effect = try #require(driver.recognise(.command(FilesWorld.command(finding.command)), in: environment.context))
    let before = try await driver.observe(effect, in: environment)
    let forecast = try await driver.forecast(effect, before: before, in: environment)
    let found = try #require(
      forecast.problems.first { $0.code == finding.code }, "only \(forecast.problems.map(\.code))")
    #expect(found.severity == finding.severity)
  }

  @Test func aCommandThatDidNothingIsRefuted() async throws {
    let world = try await FilesWorld()
    defer { world.end() }
    let environment = world.environment()
    for text in [
      "sed -i s/nothing/x/ app.conf", "rm core", "mv core old", "cp archive/a.py core/a.py", "chmod 755 .env",
    ] {
      let effect = try #require(FilesDriver().recognise(.command(FilesWorld.command(text)), in: environment.context))
      let before = try await FilesDriver().observe(effect, in: environment)
      let verdict = FilesDriver().verify(effect, before: before, after: before, outcome: nil)
      guard case .refuted = verdict else {
        Issue.record("\(text): \(verdict)")
        continue
      }
    }
  }

  @Test func removedFilesAreNamedForLaterSteps() async throws {
    let world = try await FilesWorld()
    defer { world.end() }
    let environment = world.environment()
    let effect = try #require(
      FilesDriver().recognise(.command(FilesWorld.command("rm -rf core")), in: environment.context))
    let before = try await FilesDriver().observe(effect, in: environment)
    let forecast = try await FilesDriver().forecast(effect, before: before, in: environment)
    #expect(forecast.removes.contains(world.folder + "/core/a.py"))
    #expect(forecast.problems.isEmpty, "\(forecast.problems)")
    #expect(effect.targets == ["file:" + world.folder + "/core"])
  }

  @Test func exportBothWritesTheKeptBeside() async throws {
    let world = try await FilesWorld()
    defer { world.end() }
    let environment = world.environment()
    let driver = FilesDriver()
    let effect = try #require(driver.recognise(.command(FilesWorld.command("rm app.conf")), in: environment.context))
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    try await world.shell("rm app.conf")
    let after = try await driver.observe(effect, in: environment)
    try await world.shell("printf mine > app.conf")
    let undone = try await driver.undo(
      image, of: effect, before: before, after: after, answer: .exportBoth, in: environment)
    #expect(undone.conflicts.count == 1)
    #expect(try await world.shell("cat app.conf") == "mine")
    #expect(try await world.shell("cat app.conf.backout-kept") == "mode=new\nport=1")
    _ = try await driver.undo(image, of: effect, before: before, after: after, answer: .putBack, in: environment)
    #expect(try await world.shell("cat app.conf") == "mode=new\nport=1")
  }
}
