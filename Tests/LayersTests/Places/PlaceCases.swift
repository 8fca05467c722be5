import BackoutTestKit
import DeclaredLayer
import FilesLayer
import Foundation
import GitLayer
import Layer
import MessageLayer
import ProcessLayer
import Runbook
import ScheduleLayer
import Testing

extension PlaceConformanceTests {
  // MARK: Files

  /// `@` is the world's folder, whose name has a blank.
  static let files: [PlaceCase] =
    [
      FilesCase("rm -rf @/core", disturb: "mkdir core; printf mine > core/a.py", survives: "grep -q mine core/a.py"),
      FilesCase("mv @/core @/archive/"),
      FilesCase("cp -r @/core @/copy", disturb: "printf mine > copy/extra", survives: "grep -q mine copy/extra"),
      FilesCase("sed -i s/new/old/ @/app.conf", disturb: "printf mine > app.conf", survives: "grep -q mine app.conf"),
      FilesCase("rm -f @/big.bin"), FilesCase("chmod -R go-w,u+x @/core"), FilesCase("cat @/app.conf"),
    ].map { scenario in
      PlaceCase("files: \(scenario.command)") { kind in
        let world = try await FilesWorld()
        defer { world.end() }
        try await world.shell("cp -a . ../saved")
        try await TestPlace.run(kind, folders: [world.root]) { place in
          let disturb: @Sendable () async throws -> Void = { try await world.shell(scenario.disturb ?? "true") }
          try await place.exercise(
            FilesDriver(), scenario.command.replacingOccurrences(of: "@", with: "\(world.root)/the\\ app"),
            from: world.environment(), isRead: scenario.command.hasPrefix("cat"),
            disturb: scenario.disturb == nil ? nil : disturb,
            survives: { try await world.shell("\(scenario.survives) && echo yes || true") == "yes" },
            reset: { try await world.shell("find . -mindepth 1 -delete; cp -a ../saved/. .") })
          if scenario.disturb == nil { try await world.shell("diff -r --no-dereference . ../saved") }
        }
      }
    }

  // MARK: Git

  static let git: [PlaceCase] =
    [
      GitCase(
        "checkout v1", disturb: "printf new > newer.txt; git add newer.txt; git commit -qm Newer",
        survives: "test \"$(cat newer.txt)\" = new"),
      GitCase(
        "reset --hard HEAD~1", prepare: "printf dirty >> src/run.sh; printf staged > staged.txt; git add staged.txt",
        disturb: "printf mine > src/run.sh", survives: "grep -q mine src/run.sh"),
      GitCase("revert --no-edit HEAD"), GitCase("status"),
      GitCase("stash -u", prepare: "printf loose > 'loose file'; printf x >src/app.py"),
    ].map { scenario in
      let command = scenario.words.joined(separator: " ")
      return PlaceCase("git: \(command)") { kind in
        let world = try await GitWorld()
        defer { world.end() }
        // The home of this test's own settings is another one there.
        try await world.shell("git config user.name Tester; git config user.email tester@example.com")
        if !scenario.prepare.isEmpty { try await world.shell(scenario.prepare) }
        try await world.save()
        try await TestPlace.run(kind, folders: [world.root]) { place in
          let disturb: @Sendable () async throws -> Void = { try await world.shell(scenario.disturb ?? "true") }
          try await place.exercise(
            GitDriver(), "git -C \(ShellQuoting.quoted(world.clone)) \(command)", from: world.environment(),
            isRead: scenario.words == ["status"], disturb: scenario.disturb == nil ? nil : disturb,
            survives: { try await world.shell("\(scenario.survives) && echo yes || true") == "yes" },
            reset: { try await world.reset() })
        }
      }
    }

  // MARK: Declared

  static let declared: [PlaceCase] = [true, false].map { isNative in
    PlaceCase("declared\(isNative ? ", with an act of its own" : "")") { kind in
      let tools = try ToolFolder(["flag": "printf '%s' \"$1\" > \"$state/s\""], state: ["s": "off"])
      defer { tools.remove() }
      let folder = tools.folder.path
      let layer = DeclaredLayer(
        match: "\(folder)/flag {to}", observe: "cat \(folder)/s", act: isNative ? "printf %s {to} > \(folder)/s" : nil,
        verify: "grep -q {to} \(folder)/s", undo: "printf %s {before} > \(folder)/s", layer: "flag")
      try await TestPlace.run(kind, folders: [folder]) { place in
        try await place.exercise(
          DeclaredDriver(), "\(folder)/flag \"it's on\"", from: tools.environment(layers: ["flag": layer]),
          disturb: { try tools.set("s", "else") }, survives: { try tools.state("s") == "else" },
          reset: { try tools.set("s", "off") })
      }
    }
  }

  // MARK: Schedule

  static let schedule = PlaceCase("schedule: crontab") { kind in
    guard CronUser.canBeMade else { return }
    let user = try await CronUser()
    do {
      try await TestPlace.run(kind, folders: [user.folder]) { try await crontab(of: user, in: $0) }
    } catch {
      try await user.end()
      throw error
    }
    try await user.end()
  }

  private static func crontab(of user: CronUser, in place: TestPlace) async throws {
    let isContainer = place.kind == .container
    // A container has a spool of its own.
    if isContainer { try await place.shell("mkdir -p /var/spool/cron/crontabs") }
    try await user.shell(#"printf '0 4 * * * other.py\n' >new.cron"#)
    let put: @Sendable (String) async throws -> Void = { list in
      try await place.shell("printf '\(list)' >\(user.folder)/list && crontab -u \(user.name) \(user.folder)/list")
    }
    let begin: @Sendable () async throws -> Void = { try await put(#"MAILTO=ops\n# nightly\n0 2 * * * old.py\n"#) }
    for (command, options, tail) in [
      ("\(user.folder)/new.cron", "", ""), ("-r", "", ""), ("-l", "", ""),
      ("-", isContainer ? "-i " : "", " <\(user.folder)/new.cron"),
    ] {
      try await begin()
      try await place.exercise(
        ScheduleDriver(), "crontab -u \(user.name) \(command)", options: options, tail: tail,
        from: user.environment(), isRead: command == "-l",
        disturb: { try await put(#"9 9 * * * somebody\n"#) },
        survives: { try await place.shell("crontab -u \(user.name) -l") == "9 9 * * * somebody" }, reset: begin)
    }
    try await place.shell("crontab -u \(user.name) -r || true")
  }

  // MARK: Process

  static let process = PlaceCase("process: supervisorctl, kill") { kind in
    let tools = try ToolFolder(
      [
        "supervisorctl": """
        case "$1" in
          status) echo "worker   $(cat "$state/worker")   pid 12, uptime 0:00:01" ;;
          start) echo RUNNING > "$state/worker" ;;
          stop) echo STOPPED > "$state/worker" ;;
        esac
        """
      ], state: ["worker": "RUNNING"])
    defer { tools.remove() }
    try await TestPlace.run(kind, folders: [tools.folder.path], path: [tools.folder.path]) { place in
      // sudo finds programs by a path of its own, in which this stand-in is not.
      if kind != .sudo {
        try await place.exercise(ProcessDriver(), "supervisorctl stop worker", from: tools.environment())
        #expect(try tools.state("worker") == "RUNNING")
        try await place.exercise(
          ProcessDriver(), "supervisorctl status worker", from: tools.environment(), isRead: true)
      }
      let pid = try await place.shell("sleep 600 >/dev/null 2>&1 & echo $!")
      try await place.exercise(ProcessDriver(), "kill -0 \(pid)", from: tools.environment(), isRead: true)
      try await place.exercise(ProcessDriver(), "kill \(pid)", from: tools.environment())
    }
  }

  // MARK: Message

  /// It is accepted there, which is all that can be said.
  static let message = PlaceCase("message: mail") { kind in
    let tools = try ToolFolder(["mail": "cat >\"$state/sent\""])
    defer { tools.remove() }
    try await TestPlace.run(kind, folders: [tools.folder.path]) { place in
      try await place.exercise(
        MessageDriver(), "\(tools.folder.path)/mail -s over ops@shop.test", options: kind == .container ? "-i " : "",
        tail: " <<<done", from: tools.environment(), isProvable: false)
      #expect(try tools.state("sent") == "done")
    }
  }
}
