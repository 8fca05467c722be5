import Layer
import Runbook
import RunbookReading
import Testing

@testable import ScheduleLayer

@Suite struct StartedCommandsTests {
  private let parser = ShellReader()

  private func started(_ text: String) throws -> StartedCommands {
    try #require(StartedCommands(parser.statements(of: text, line: 1), by: parser))
  }

  @Test(arguments: [
    "python3 -u /srv/run_all.py --all", "flock -n /tmp/l nice python3 /srv/run_all.py",
    "env A=b timeout 5 python3 run_all.py", "timeout -k 5 60 /srv/run_all.py", "python3.12 -W ignore run_all.py",
    "bash -lc 'cd /srv && exec ./run_all.py'", "bash -o pipefail -c 'nice -n 5 ./run_all.py | cat'",
    "flock /tmp/l -c 'python3 run_all.py'", "uv run --with requests python run_all.py", "sudo sh -c run_all.py",
    "start-stop-daemon --start --exec /usr/bin/python3 -- /srv/run_all.py",
  ])
  func whatIsRunIsFound(_ text: String) throws {
    let started = try started(text)
    #expect(started.runs("run_all.py"))
    #expect(!started.runs("python3") && !started.runs("flock"))
  }

  @Test(arguments: [
    "python3 /opt/mail.py --subject run_all.py", "python3 /opt/mail.py run_all.py", "python3 -c 'x' run_all.py",
    "python3 -m mail run_all.py", "bash -c 'tail /var/log/run_all.py'", "bash /srv/x.sh run_all.py",
    "uv pip install run_all.py", "timeout 5 grep x run_all.py", "env X=run_all.py ls", "nice -n 5 ls run_all.py",
    "python3 -W run_all.py x.py",
  ])
  func whatIsOnlyNamedIsNot(_ text: String) throws {
    #expect(try !started(text).runs("run_all.py"))
  }

  /// As `pkill -f` takes it.
  @Test(arguments: [
    "python3 /srv/run_all.py", "/srv/run_all.py", "run_all.py --all", "python3 -u /srv/run_all.py --all",
    "uv run run_all.py",
  ])
  func aCommandLineIsKnownByItsScript(_ line: String) throws {
    #expect(try started("cd /srv && nice python3 ./run_all.py --all 2>&1").runs(line))
    #expect(try !started("python3 /srv/other.py --all").runs(line))
  }

  @Test(arguments: ["python3 -m run_all", "python3", "run_all.py --one", "-u run_all.py", ""])
  func aCommandLineIsNotGuessed(_ line: String) throws {
    #expect(try !started("python3 /srv/run_all.py --all").runs(line))
  }

  @Test func whatIsDoneOnAnotherMachineIsNotItsOwn() throws {
    for restart in ["systemctl restart app", "service app restart", "supervisorctl restart app"] {
      #expect(try started(restart).starts(service: "app"))
      #expect(try !started("ssh db2 \(restart)").starts(service: "app"), "\(restart)")
      #expect(try !started("docker exec web \(restart)").starts(service: "app"), "\(restart)")
    }
    #expect(try started("sudo systemctl restart app").starts(service: "app"))
    #expect(try !started("ssh db2 'cd /srv && python3 run_all.py'").runs("run_all.py"))
    #expect(try started("sudo -u deploy python3 /srv/run_all.py").runs("run_all.py"))
    #expect(try started("cd /srv/app && sudo git pull").deployFolders == ["/srv/app"])
    #expect(try started("sudo -u deploy sh -c 'cd /srv/app && git pull'").deployFolders == ["/srv/app"])
    #expect(try started("ssh db2 'cd /srv/app && git pull'").deployFolders == [])
    #expect(try started("docker exec web git -C /srv/app pull").deployFolders == [])
  }

  @Test func whatAShellIsGivenIsReadWhole() throws {
    #expect(try started("bash -lc 'cd /srv/app && git pull'").deployFolders == ["/srv/app"])
    #expect(try started("sh -ec 'cd /srv/app; ./deploy.sh'").deployFolders == ["/srv/app"])
    #expect(try started("flock -n /tmp/l git -C /srv/app pull").deployFolders == ["/srv/app"])
    #expect(try started("bash -c 'systemctl restart app'").starts(service: "app"))
    #expect(StartedCommands(parser.statements(of: "bash -c 'if then'", line: 1), by: parser) == nil)
  }

  /// As systemd prints them.
  @Test func quotesThatAreLostAreNotGuessed() throws {
    func started(_ line: String) -> StartedCommands? { StartedCommands(unquoted: [line], in: "/srv/app", by: parser) }
    #expect(started("/usr/bin/python3 /opt/mail.py --subject run_all.py failed")?.runs("run_all.py") == false)
    #expect(started("/usr/bin/python3 /srv/run_all.py --subject a b")?.runs("run_all.py") == true)
    #expect(started("/bin/bash -lc cd /srv/other && git pull")?.deployFolders == ["/srv/other"])
    #expect(started("/usr/bin/flock -n /tmp/l /bin/sh -c git pull && make deploy")?.deployFolders.first == "/srv/app")
    #expect(started("/bin/sh -c if then") == nil)
  }

  @Test func onlyATypeOfUnitEndsAUnitsName() throws {
    #expect(
      ["app", "php8.2-fpm", "app.timer", "x.service", "my.app@1"].map(UnitName.full) == [
        "app.service", "php8.2-fpm.service", "app.timer", "x.service", "my.app@1.service",
      ])
    #expect(
      ["app.service", "app", "app.timer", "app.timer.service", "w@*.service"].map(UnitName.short) == [
        "app", "app", "app.timer", "app.timer.service", "w@*.service",
      ])
    let restart = try started("systemctl restart php8.2-fpm")
    #expect(restart.starts(service: "php8.2-fpm") && restart.starts(service: "php8.2-fpm.service"))
    #expect(try started("service php8.2-fpm restart").starts(service: "php8.2-fpm.service"))
    #expect(try !started("systemctl start app.timer").starts(service: "app"))
    let job = ScheduledJob(
      starter: "the timer x", times: "", command: "", started: StartedCommands(), service: "php8.2-fpm.service",
      name: "x", statement: "", release: "")
    #expect(job.starts(service: "php8.2-fpm") && !job.starts(service: "php8.2"))
  }
}
