import BackoutTestKit
import Foundation
import Layer
import Runbook
import RunbookReading
import Testing

@testable import ScheduleLayer

@Suite struct ScheduleQuarantineTests {
  private let driver = ScheduleDriver()

  private func change(
    _ step: String, _ targets: [String], ends: [String] = [], place: Place = .here, role: Step.Role = .change
  ) -> QuarantineChange {
    QuarantineChange(
      step: step,
      effect: Effect(
        driver: "other", layer: .process, role: role, summary: step, place: place, directory: "/", targets: targets),
      context: ReadingContext(directory: "/"), ends: ends)
  }

  private var killed: QuarantineChange { change("step-1/1", ["process:run_all.py"], ends: ["process:run_all.py"]) }

  // MARK: In a real crontab

  /// What crontab and sed could read in another way than it is meant.
  private static let line =
    #"*/5 * * * * cd '/srv/a b' && python3 ./run_all.py --to 'x|y' --re "^[a-z].*\.$" & echo a\%b'é"'"#

  @Test(.enabled(if: CronUser.canBeMade, Comment(rawValue: CronUser.why)))
  func theLineGoesOutByItselfAndComesBackToTheByte() async throws {
    let user = try await CronUser()
    try await user.becomeOwn()
    let list = "MAILTO=ops\n# nightly\n0 2 * * * old.py\n\(Self.line)\n15 3 * * * /srv/run_all.sh\n"
    try await write(list, of: user)
    let environment = user.environment()

    let offers = try await driver.quarantines(after: [killed], in: environment)
    #expect(offers.map(\.name) == ["cron-run-all-py"])
    let offer = try #require(offers.first)
    #expect(offer.step == "step-1/1" && offer.danger.hasPrefix("cron starts run_all.py again, */5 * * * *: cd"))

    let commands = ShellReader().statements(of: offer.statement, line: 1).flatMap(\.commands)
    let last = try #require(commands.last)
    let effect = try #require(driver.recognise(.command(last), in: environment.context))
    #expect(effect.reversibility == .exact && effect.targets == ["crontab:own"])
    let before = try await driver.observe(effect, in: environment)
    let forecast = try await driver.forecast(effect, before: before, in: environment)
    #expect(forecast.problems == [] && forecast.to == "2 jobs: − \(Self.line)")
    let image = try await driver.keep(effect, before: before, in: environment)
    try await user.shell(offer.statement)
    let after = try await driver.observe(effect, in: environment)
    #expect(
      try await user.list() == list.replacingOccurrences(of: Self.line, with: "# quarantined by backout: \(Self.line)"))
    #expect(
      driver.verify(effect, before: before, after: after, outcome: nil)
        == .proven("2 jobs, changed in that line and in no other"))
    #expect(try await driver.quarantines(after: [killed], in: environment) == [])

    try await user.shell(offer.release)
    #expect(try await user.list() == list)
    try await user.shell(offer.statement)
    let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.restored == ["crontab:own"])
    #expect(try await user.list() == list)

    // Somebody else's edit while it waited: nothing is claimed of it.
    try await write("1 1 * * * other\n", of: user)
    let gone = try await driver.observe(effect, in: environment)
    #expect(
      driver.verify(effect, before: gone, after: gone, outcome: nil)
        == .refuted("the line was not there: 1 job, as before"))
    #expect(
      try await driver.forecast(effect, before: gone, in: environment).problems.map(\.code) == ["no-op"])
    try await user.end()
  }

  @Test(.enabled(if: CronUser.canBeMade, Comment(rawValue: CronUser.why)))
  func onlyWhatIsCertainIsOffered() async throws {
    let user = try await CronUser()
    try await user.becomeOwn()
    try await user.shell("git init -q tree && mkdir tree/inner && git init -q other")
    let tree = user.folder + "/tree"
    let lines = [
      "1 1 * * * grep run_all.py /var/log/syslog", "2 1 * * * python3 run_all.py.bak", "#3 1 * * * python3 run_all.py",
      "4 1 * * * systemctl restart app", "5 1 * * * cd \(tree)/inner && git pull",
      "6 1 * * * git -C \(user.folder)/other pull",
      "7 1 * * * cd \(tree) && git status", "8 1 * * * cd \(tree); make deploy",
      "9 1 * * * API_TOKEN=abcdefgh1 run_all.py",
      "10 1 * * * flock -n /tmp/l nice python3 /srv/run_all.py", "11 1 * * * run_all.py # | , / ! @ ~ ;",
    ]
    try await write(lines.joined(separator: "\n") + "\n", of: user)
    let environment = user.environment()
    func offered(_ changes: [QuarantineChange]) async throws -> [String] {
      try await driver.quarantines(after: changes, in: environment).map {
        String($0.danger.prefix { $0 != ":" }.split(separator: ",").last ?? "").trimmingCharacters(in: .whitespaces)
      }
    }
    #expect(try await offered([killed]) == ["10 1 * * *"])
    #expect(try await offered([change("s/1", ["service:app.service"], ends: ["service:app.service"])]) == ["4 1 * * *"])
    let checkout = change("s/2", ["git:\(tree) HEAD", "git:\(tree) index", "git:\(tree) worktree"])
    #expect(try await offered([checkout]) == ["5 1 * * *", "8 1 * * *"])
    // A pull brings the newest itself; what is started again is meant to run; another place is another crontab.
    #expect(try await offered([change("s/3", ["git:\(tree) HEAD", "git:\(tree) refs/remotes/origin"])]) == [])
    #expect(try await offered([killed, change("s/4", ["process:python3 /srv/run_all.py --limit 1"])]) == [])
    #expect(
      try await offered([change("s/5", ["service:app"], ends: ["service:app"]), change("s/6", ["service:app"])]) == [])
    #expect(try await offered([change("s/7", ["process:python3"], ends: ["process:python3"])]) == [])
    #expect(try await offered([killed, change("s/8", ["crontab:own"])]) == [])
    try await user.end()
  }

  private func write(_ list: String, of user: CronUser) async throws {
    let result = try await ProcessRunner().run(
      CommandRequest(
        words: ["crontab", "-"], directory: user.folder, variables: user.variables, input: Data(list.utf8), timeout: 20)
    )
    try #require(result.status == 0, "\(result.errorText)")
  }

  // MARK: The system's lists

  /// Runs everything where `/etc/cron.d` is a folder of the test's.
  private struct NamespaceRunner: CommandRunning {
    var folder: String

    static let why = "needs root, unshare and cron: the files of /etc/cron.d are the test's, in a mount namespace"
    static var canBe: Bool {
      geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare")
        && FileManager.default.fileExists(atPath: "/etc/cron.d")
    }

    func run(_ request: CommandRequest) async throws -> CommandResult {
      var request = request
      let enter = "mount --bind \(folder) /etc/cron.d && exec \"$@\""
      request.words = ["unshare", "--mount", "sh", "-c", enter, "sh"] + request.words
      return try await ProcessRunner().run(request)
    }
  }

  @Test(.enabled(if: NamespaceRunner.canBe, Comment(rawValue: NamespaceRunner.why)))
  func aFileOfTheSystemIsEditedInThatLineAlone() async throws {
    let folder = NSTemporaryDirectory() + "backout-cron.d-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let line = "*/5 *\t* * *\tdeploy\tcd /srv && python3 run_all.py"
    let list = "SHELL=/bin/sh\n\(line)\n1 1 * * * run_all.py\n@daily deploy run_all.py.bak\n"
    for name in ["pipeline", "pipeline.bak"] {
      try Data(list.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
    // In another file, a byte that is no text.
    try Data([0x23, 0xe9, 0x0a]).write(to: URL(fileURLWithPath: "\(folder)/latin"))
    let runner = NamespaceRunner(folder: folder)
    let environment = StepEnvironment(
      label: "run/step", context: ReadingContext(directory: "/"), images: MemoryImageStore(), runner: runner,
      secrets: FixedSecrets())

    // `run_all.py` in the user's field is a user.
    let offers = try await driver.quarantines(after: [killed], in: environment)
    #expect(offers.map(\.name) == ["cron-run-all-py"])
    let offer = try #require(offers.first)
    #expect(
      offer.danger
        == "cron (/etc/cron.d/pipeline, as deploy) starts run_all.py again, */5 * * * *: cd /srv && python3 run_all.py")
    func run(_ text: String) async throws -> String {
      let request = CommandRequest(words: ["bash", "-c", text], directory: "/", variables: [:], timeout: 20)
      try #require(try await runner.run(request).status == 0)
      return try String(contentsOfFile: "\(folder)/pipeline", encoding: .utf8)
    }
    let marked = list.replacingOccurrences(of: line, with: "# quarantined by backout: \(line)")
    #expect(try await run(offer.statement) == marked)
    #expect(try await driver.quarantines(after: [killed], in: environment) == [])
    #expect(try await run(offer.release) == list)
    // What the plan edits itself is not yet what the plan leaves.
    let edited = change("s/2", ["file:/etc/cron.d/pipeline"])
    #expect(try await driver.quarantines(after: [killed, edited], in: environment) == [])
    #expect(
      try String(contentsOfFile: "\(folder)/pipeline.bak", encoding: .utf8) == list, "cron does not read such a name")
  }

  /// Answers what begins with these words, as a plain user of a machine with cron and systemd.
  private struct SystemRunner: CommandRunning {
    var answers: [(words: [String], output: String)]

    func run(_ request: CommandRequest) async throws -> CommandResult {
      guard let answer = answers.first(where: { request.words.starts(with: $0.words) }) else {
        return CommandResult(status: 1, output: Data())
      }
      return CommandResult(status: 0, output: Data(answer.output.utf8))
    }
  }

  private static let timers = """
    Id=nightly.timer
    Unit=nightly.service
    ActiveState=active
    UnitFileState=enabled
    FragmentPath=/etc/systemd/system/nightly.timer
    TimersCalendar={ OnCalendar=*-*-* 02:00:00 ; next_elapse=Sat 2026-11-28 02:00:00 UTC }
    TimersMonotonic={ OnBootUSec=5min ; next_elapse=0 }

    Id=app.timer
    Unit=app.service
    ActiveState=active
    UnitFileState=static
    FragmentPath=/usr/lib/systemd/system/app.timer
    TimersMonotonic={ OnUnitActiveUSec=1h ; next_elapse=0 }

    Id=pull.timer
    Unit=pull.service
    ActiveState=active
    UnitFileState=enabled
    FragmentPath=/etc/systemd/system/pull.timer
    TimersCalendar={ OnCalendar=hourly ; next_elapse=n/a }

    Id=mail.timer
    Unit=mail.service
    ActiveState=active
    UnitFileState=enabled
    FragmentPath=/etc/systemd/system/mail.timer

    Id=linked.timer
    Unit=linked.service
    ActiveState=active
    UnitFileState=enabled
    FragmentPath=/etc/systemd/system/linked.timer

    Id=outside.timer
    Unit=outside.service
    ActiveState=active
    UnitFileState=enabled
    FragmentPath=/srv/app/outside.timer

    Id=run-r1.timer
    Unit=run-r1.service
    ActiveState=active
    UnitFileState=transient
    FragmentPath=/run/systemd/transient/run-r1.timer

    Id=off.timer
    Unit=nightly.service
    ActiveState=inactive
    UnitFileState=disabled
    FragmentPath=/etc/systemd/system/off.timer
    """
  private static let files =
    ["etc/systemd/system/nightly", "usr/lib/systemd/system/app", "etc/systemd/system/pull", "etc/systemd/system/mail"]
    .map { "/\($0).timer" } + ["/etc/systemd/system/linked.timer", "/srv/app/outside.timer"]
  private static let services = """
    Id=app.service
    ExecStart={ path=/usr/bin/app ; argv[]=/usr/bin/app --serve ; ignore_errors=no ; start_time=[n/a] ; pid=0 }

    Id=mail.service
    ExecStart={ path=/usr/bin/python3 ; argv[]=/usr/bin/python3 /opt/mail.py --subject run_all.py failed ; ignore_errors=no ; pid=0 }

    Id=nightly.service
    ExecStart={ path=/bin/true ; argv[]=/bin/true ; ignore_errors=no ; start_time=[n/a] ; pid=0 }
    ExecStart={ path=/usr/bin/python3 ; argv[]=/usr/bin/python3 /srv/run_all.py --all ; ignore_errors=no ; pid=0 }
    WorkingDirectory=/srv

    Id=pull.service
    ExecStart={ path=/bin/true ; argv[]=/bin/true ; ignore_errors=no ; start_time=[n/a] ; pid=0 }
    ExecStartPre={ path=/bin/sh ; argv[]=/bin/sh -ec git pull && make deploy ; ignore_errors=no ; start_time=[n/a] ; pid=0 }
    WorkingDirectory=/srv/app
    """

  @Test func aTimerThatStartsItIsDisabled() async throws {
    func offers(_ changes: [QuarantineChange], by user: String = "1000") async throws -> [QuarantineOffer] {
      let runner = SystemRunner(answers: [
        (["id", "-u"], user + "\n"),
        (UnitFolders.question(of: Self.files), "\n\n\n\n/srv/app/linked.timer\n\n"),
        (
          [
            "systemctl", "show",
            "--property=Id,Unit,ActiveState,UnitFileState,FragmentPath,TimersCalendar,TimersMonotonic",
          ],
          Self.timers
        ),
        (
          [
            "systemctl", "show", "--property=Id,ExecStartPre,ExecStart,ExecStartPost,WorkingDirectory", "--",
            "app.service", "mail.service", "nightly.service",
          ],
          Self.services
        ),
      ])
      return try await driver.quarantines(
        after: changes,
        in: StepEnvironment(
          label: "run/step", context: ReadingContext(directory: "/"), images: MemoryImageStore(), runner: runner,
          secrets: FixedSecrets()))
    }
    let found = try await offers([killed])
    #expect(found.map(\.name) == ["timer-nightly"])
    let nightly = try #require(found.first)
    #expect(
      nightly.danger
        == "the timer nightly.timer starts run_all.py again, OnCalendar=*-*-* 02:00:00, OnBootUSec=5min: "
        + "/bin/true; /usr/bin/python3 /srv/run_all.py --all")
    #expect(nightly.name == "timer-nightly" && nightly.statement == "sudo -n systemctl disable --now nightly.timer")
    #expect(nightly.release == "sudo -n systemctl enable --now nightly.timer")
    let byRoot = try await offers([killed], by: "0")
    #expect(byRoot.map(\.statement) == ["systemctl disable --now nightly.timer"])
    #expect(try await offers([killed, change("s/2", ["service:nightly.timer"])]) == [])

    let stopped = change("s/1", ["service:app"], ends: ["service:app"], place: .sudo(user: nil))
    let app = try await offers([stopped])
    #expect(app.map(\.statement) == ["sudo -n systemctl stop app.timer"])
    #expect(app.map(\.release) == ["sudo -n systemctl start app.timer"])
    let pull = try await offers([change("s/2", ["git:/srv/app HEAD"])])
    #expect(pull.map(\.name) == ["timer-pull"])
    #expect(try await offers([change("s/2", ["git:/srv/other HEAD"])]) == [])
    // No release starts them again.
    for name in ["service:linked", "service:outside", "service:run-r1"] {
      #expect(try await offers([change("s/1", [name], ends: [name])]) == [])
    }
  }

  @Test func aByteThatIsNoTextHidesItsOwnLineOnly() async throws {
    let user = Data("# caf".utf8) + Data([0xe9]) + Data("\n3 1 * * * run_all.py\n".utf8)
    let system =
      Data("/etc/cron.d/a:1 1 * * * root run_all.py caf".utf8) + Data([0xe9])
      + Data("\n/etc/cron.d/a:2 1 * * * root run_all.py\n".utf8)
    let environment = StepEnvironment(
      label: "run/step", context: ReadingContext(directory: "/"), images: MemoryImageStore(),
      runner: BytesRunner(user: user, system: system), secrets: FixedSecrets())
    let offers = try await driver.quarantines(after: [killed], in: environment)
    #expect(
      offers.map(\.danger) == [
        "cron starts run_all.py again, 3 1 * * *: run_all.py",
        "cron (/etc/cron.d/a, as root) starts run_all.py again, 2 1 * * *: run_all.py",
      ])
  }

  /// Answers with lists that are not all text.
  private struct BytesRunner: CommandRunning {
    var user: Data
    var system: Data

    func run(_ request: CommandRequest) async throws -> CommandResult {
      switch request.words.first {
      case "crontab": CommandResult(status: 0, output: user)
      case "sh": CommandResult(status: 0, output: system)
      case "id": CommandResult(status: 0, output: Data("0\n".utf8))
      default: CommandResult(status: 1, output: Data())
      }
    }
  }

  // MARK: Words

  @Test func anEditIsReadOnlyWhereItIsOneExactLine() throws {
    for line in [Self.line, "a.b*[c]^$\\ & | x", "17 *\t* * *\troot\tx\\ty", "e\u{301}.\u{301}"] {
      let script = try #require(LineEdit.quarantine(of: line))
      let there = try #require(LineEdit(sed: script.there))
      #expect(there.line == line && there.replacement == "# quarantined by backout: " + line)
      let back = try #require(LineEdit(sed: script.back))
      #expect(back.line == there.replacement && back.replacement == line)
    }
    for line in ["", " a", "a\t", "a\u{7}", "|,/!@~;"] { #expect(LineEdit.quarantine(of: line) == nil) }
    for script in [
      "s/a/b/", "s/^a.$/b/", "s/^a*$/b/", "s/^a$/b/g", "s/^a$/b", "s/^a/b/", "/x/d", #"s/^\(a$/b/"#, #"s/^a$/\n/"#,
      #"s/^a\+$/b/"#, "s/^$/b/", "s/^a$/b/\nd",
    ] { #expect(LineEdit(sed: script) == nil, "\(script)") }
  }

  @Test func inEveryPlaceTheStatementIsReadAsItIsMeant() async throws {
    let list = "1 1 * * * run_all.py 'x'\n"
    for place in [
      Place.sudo(user: nil), .sudo(user: "ann"), .ssh(host: "db1", options: ["-p", "2222"]),
      .container(name: "web", prefix: ["docker", "exec", "web"]),
      .nested(outer: .ssh(host: "db1", options: []), inner: .sudo(user: nil)),
    ] {
      var environment = StepEnvironment(
        label: "run/step", context: ReadingContext(directory: "/"), images: MemoryImageStore(),
        runner: ListRunner(list: list, words: place.words(for: ["crontab", "-l"])), secrets: FixedSecrets())
      environment.isPlanning = true
      let offers = try await driver.quarantines(
        after: [change("s/1", ["process:run_all.py"], ends: ["process:run_all.py"], place: place)], in: environment)
      let offer = try #require(offers.first, "\(place.label)")
      #expect(offer.danger.contains(place.label))
      for text in [offer.statement, offer.release] {
        let statements = ShellReader().statements(of: text, line: 1)
        #expect(statements.count == 1 && statements.first?.isOpaque == false)
        let last = try #require(statements.first?.commands.last)
        let effect = try #require(driver.recognise(.command(last), in: environment.context))
        #expect(effect.place.label == place.label && effect.role == .change)
        let command = try effect.crontabCommand()
        guard case .install(.edited(let edit)) = command.action else {
          Issue.record("\(text) is not understood")
          continue
        }
        #expect([edit.line, edit.replacement].contains("1 1 * * * run_all.py 'x'"))
      }
    }
  }

  @Test func anotherMachinesJobIsNotOfferedAndOnesOwnIsNotMissed() async throws {
    let list = """
      1 1 * * * ssh db2 systemctl restart app
      2 1 * * * sudo systemctl restart app
      3 1 * * * cd /srv/app && sudo git pull
      4 1 * * * ssh db2 git -C /srv/app pull
      5 1 * * * python3 /opt/x/run_pipeline.py

      """
    let environment = StepEnvironment(
      label: "run/step", context: ReadingContext(directory: "/"), images: MemoryImageStore(),
      runner: ListRunner(list: list, words: ["crontab", "-l"]), secrets: FixedSecrets())
    func offered(_ changes: [QuarantineChange]) async throws -> [String] {
      try await driver.quarantines(after: changes, in: environment).map(\.danger)
    }
    #expect(
      try await offered([change("s/1", ["service:app"], ends: ["service:app"])])
        == ["cron starts the service app again, 2 1 * * *: sudo systemctl restart app"])
    #expect(
      try await offered([change("s/2", ["git:/srv/app HEAD"])])
        == ["cron deploys in /srv/app again, 3 1 * * *: cd /srv/app && sudo git pull"])
    let line = "process:python3 /opt/x/run_pipeline.py"
    let killed = change("s/3", [line], ends: [line])
    #expect(
      try await offered([killed]) == [
        "cron starts python3 /opt/x/run_pipeline.py again, 5 1 * * *: python3 /opt/x/run_pipeline.py"
      ])
    // What a later step starts, in whatever words, is meant to run.
    #expect(try await offered([killed, change("s/4", ["process:python3 -u run_pipeline.py"])]) == [])
  }

  /// Answers one command with a list.
  private struct ListRunner: CommandRunning {
    var list: String
    var words: [String]

    func run(_ request: CommandRequest) async throws -> CommandResult {
      request.words == words
        ? CommandResult(status: 0, output: Data(list.utf8)) : CommandResult(status: 1, output: Data())
    }
  }
}
