import BackoutTestKit
import Foundation
import Layer
import Runbook
import RunbookReading
import Testing

@testable import DeclaredLayer

/// The declarations that Backout brings along.
@Suite struct ShippedToolsTests {
  private let driver = DeclaredDriver()
  private static let variables = ["VERCEL_DOMAIN": "shop.test", "HOME": "/root"]

  /// The effect of the last command of `line`, as a plan reads it.
  static func effect(of line: String, in context: ReadingContext) throws -> Effect? {
    let statements = ShellReader().statements(of: line, line: 1)
    let statement = try #require(statements.first)
    let command = try #require(statement.commands.last)
    return DeclaredDriver().recognise(.command(command), in: context)
  }

  private static func layers() throws -> [String: DeclaredLayer] {
    try ShippedTools.all.reduce(into: [:]) { result, tool in
      let bindings = try BindingsReader.read(String(decoding: tool.bytes, as: UTF8.self))
      for (name, layer) in bindings.layers {
        #expect(result[name] == nil, "\(name) stands in two files")
        result[name] = layer
      }
    }
  }

  // MARK: The list

  @Test func everyFileIsListedAndEveryCommandKnownByItsProgram() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/Layers/Declared/Tools")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    let texts = try files.map { try Array(Data(contentsOf: $0)) }
    #expect(
      Set(texts) == Set(ShippedTools.all.map(\.bytes)), "a file is not in the list, or the build is older than it")
    for tool in ShippedTools.all {
      let layers = try BindingsReader.read(String(decoding: tool.bytes, as: UTF8.self)).layers
      #expect(!layers.isEmpty)
      let programs = Set(layers.values.flatMap(MatchPattern.all).compactMap(\.program))
      #expect(programs == Set(tool.programs))
      for (name, layer) in layers {
        #expect(layer.layer.flatMap(LayerKind.init(rawValue:)) != nil, "\(name) has no layer")
        #expect(layer.undo != nil || layer.file != nil, "\(name) cannot be undone")
      }
    }
  }

  @Test func theDocumentationNamesEveryOne() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/layers/declared.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    for name in try Self.layers().keys { #expect(text.contains("`\(name)`"), "docs/layers/declared.md lacks \(name)") }
  }

  // MARK: Matching

  static let lines: [(line: String, layer: String?)] = [
    ("kubectl set image deployment/web app=r/app:1.3 -n prod", "kubernetes-image"),
    ("kubectl -n prod set image deploy web app=r/app:1.3 --record", "kubernetes-image"),
    ("sudo /usr/local/bin/kubectl set image deployment/web app=r/app:1.3", "kubernetes-image"),
    ("kubectl set image deployment/web app=r/app:1 side=r/side:2", nil),
    ("kubectl set image pod/web app=r/app:1", nil),
    ("kubectl set image deployment/web app=r/app:1 --dry-run=client", nil),
    ("kubectl rollout undo deployment/web", "kubernetes-rollback"),
    ("kubectl rollout undo deployment web -n platform", "kubernetes-rollback"),
    ("kubectl rollout undo deployment/web --to-revision=2", "kubernetes-rollback-to"),
    ("kubectl rollout undo deployment/web -n prod --to-revision 2", "kubernetes-rollback-to"),
    ("kubectl rollout undo daemonset/web", nil),
    ("kubectl rollout status deployment/web", nil),
    ("kubectl scale deployment web-preview -n platform --replicas=0", "kubernetes-scale"),
    ("kubectl scale deployment --all --replicas=0", nil),
    ("kubectl rollout restart deployment/web -nprod", "kubernetes-restart"),
    ("helm rollback shop", "helm-rollback"),
    ("helm rollback shop -n prod --wait", "helm-rollback"),
    ("helm rollback shop 1 -n prod --timeout 5m", "helm-rollback-to"),
    ("helm rollback shop 1 --dry-run", nil),
    ("helm upgrade --install shop ./chart", nil),
    ("vercel rollback dpl_1 --yes", "vercel-rollback"),
    ("vercel rollback https://shop-1.vercel.app", "vercel-rollback"),
    ("vercel promote shop-xyz789.vercel.app --yes", "vercel-rollback"),
    ("vercel rollback", nil),
    ("vercel ls --limit 10", nil),
    ("fly deploy --image registry.fly.io/shop:v1 --app shop", "fly-image"),
    ("flyctl deploy -i registry.fly.io/shop:v1 -a shop --strategy rolling", "fly-image"),
    ("fly deploy", nil),
    ("fly releases --image", nil),
    ("heroku rollback --app shop", "heroku-rollback"),
    ("heroku rollback v42 --app shop", "heroku-rollback-to"),
    ("heroku releases:rollback v42 -a shop", "heroku-rollback-to"),
    ("heroku config:set SEARCH_ENABLED=false -a shop", "heroku-config"),
    ("heroku config:set A=1 B=2 -a shop", nil),
    ("heroku releases --app shop", nil),
    ("kamal rollback e5d9d7c2b898289dfbc5f7f1334140d984eedae4 -d staging", "kamal-rollback"),
    ("kamal deploy --version=1", nil),
    ("gcloud run services update-traffic shop --region me-central1 --to-revisions=shop-1=100", "cloud-run-revision"),
    ("gcloud run services update-traffic shop --to-revisions shop-1=10,shop-2=90", "cloud-run-traffic"),
    ("gcloud run services update-traffic shop --to-latest", nil),
    ("aws ecs update-service --cluster prod --service web --task-definition web:41", "ecs-task-definition"),
    ("aws ecs update-service --cluster prod --service web --desired-count 2", nil),
    ("echo \"set server be/old weight 0\" | sudo socat stdio /run/haproxy.sock", "haproxy-weight"),
    ("echo 'set weight be/old 10' | socat /run/haproxy.sock -", "haproxy-weight"),
    ("socat stdio /run/haproxy.sock <<< 'set weight be/old 10'", "haproxy-weight"),
    ("echo 'set server be/old weight 50%' | socat stdio tcp4-connect:127.0.0.1:9999", "haproxy-weight-share"),
    ("echo 'set server be/old state drain' | socat stdio /run/haproxy.sock", "haproxy-state"),
    ("echo 'disable server be/old' | socat stdio /run/haproxy.sock", "haproxy-disable"),
    ("echo 'enable server be/old' | socat stdio /run/haproxy.sock", "haproxy-enable"),
    ("echo 'show stat' | socat stdio /run/haproxy.sock", nil),
    ("echo 'disable server be/old' | tee log | socat stdio /run/haproxy.sock", nil),
    ("echo 'disable server be/old'; socat stdio /run/haproxy.sock", nil),
    ("sudo nginx -s reload", "nginx-reload"),
    ("nginx -c /etc/nginx/nginx.conf -s reload", "nginx-reload"),
    ("nginx -s stop", nil),
    ("nginx -t", nil),
    (#"jq '.flags["new-shop"].state = "DISABLED"' flags.json | sponge flags.json"#, "flagd-state"),
    (#"jq '.flags.search.defaultVariant = "off"' flags.json | sponge flags.json"#, "flagd-variant"),
    (#"jq '.flags.search.defaultVariant = "off"' flags.json | sponge other.json"#, nil),
    (#"yq -i '.flags.search.state = "DISABLED"' flags.yaml"#, "flagd-state"),
    ("yq '.flags' flags.yaml", nil),
  ]

  @Test(arguments: lines) func matchesItsCommandAndNoOther(_ line: (line: String, layer: String?)) throws {
    let context = ReadingContext(directory: "/srv", variables: Self.variables)
    let effect = try Self.effect(of: line.line, in: context)
    #expect(try effect?.declared().name == line.layer)
  }

  @Test func everyOneIsMatchedBySomething() throws {
    #expect(Set(Self.lines.compactMap(\.layer)) == Set(try Self.layers().keys))
  }

  @Test func theTeamsOwnWins() throws {
    let own = DeclaredLayer(match: "helm rollback *", observe: "true")
    var context = ReadingContext(directory: "/srv", layers: ["ours": own])
    #expect(try Self.effect(of: "helm rollback shop 1", in: context)?.declared().name == "ours")
    context.layers = [:]
    context.binding = StepBinding(observe: "cat s")
    #expect(try Self.effect(of: "helm rollback shop 1", in: context)?.declared().name == "helm rollback shop")
  }

  @Test func whatCannotBeSeenIsNotOffered() throws {
    #expect(try Self.effect(of: "vercel rollback dpl_1", in: ReadingContext(directory: "/srv")) == nil)
  }

  // MARK: In small worlds

  struct World: Sendable, CustomTestStringConvertible {
    var layer: String
    var line: String
    var script: String
    var state: [String: String]
    /// Somebody else's change: a command.
    var disturb: String
    /// Holds while that change is there.
    var survives: String
    /// Nobody can say what is wanted.
    var isProvable = true
    var testDescription: String { layer }
    var program: String { String(line.prefix { $0 != " " }) }
  }

  private static let template = "Pod Template:\n  Containers:\n   app:\n    Image: r/app:"
  private static let revisions = [
    "rev.1": template + "1.2", "rev.2": template + "1.3", "rev.3": template + "1.4", "current": "3", "replicas": "3",
    "restarted": "",
  ]
  private static let manifests = ["manifest.1": "image: 1.2", "manifest.2": "image: 1.3", "manifest.3": "image: 1.4"]

  static let worlds = [
    World(
      layer: "kubernetes-image", line: "kubectl set image deployment/web app=r/app:1.3 -n prod",
      script: StandIns.kubectl,
      state: revisions, disturb: "kubectl set image deployment/web app=r/app:1.5 -n prod",
      survives: "kubectl -n prod get deployment/web -o image | grep -q 1.5"),
    World(
      layer: "kubernetes-rollback", line: "kubectl rollout undo deployment/web -n prod", script: StandIns.kubectl,
      state: revisions, disturb: "kubectl set image deployment/web app=r/app:1.5 -n prod",
      survives: "kubectl -n prod get deployment/web -o image | grep -q 1.5"),
    World(
      layer: "kubernetes-rollback-to", line: "kubectl rollout undo deployment/web --to-revision=1 -n prod",
      script: StandIns.kubectl, state: revisions, disturb: "kubectl set image deployment/web app=r/app:1.5 -n prod",
      survives: "kubectl -n prod get deployment/web -o image | grep -q 1.5"),
    World(
      layer: "kubernetes-scale", line: "kubectl scale deployment/web --replicas=0 -n prod", script: StandIns.kubectl,
      state: revisions, disturb: "kubectl scale deployment/web --replicas=7 -n prod",
      survives: "kubectl -n prod get deployment/web -o replicas | grep -qx 7"),
    World(
      layer: "kubernetes-restart", line: "kubectl rollout restart deployment/web -n prod", script: StandIns.kubectl,
      state: revisions, disturb: "", survives: "true"),
    World(
      layer: "helm-rollback", line: "helm rollback shop -n prod --wait", script: StandIns.helm, state: manifests,
      disturb: "echo 'image: 1.5' > manifest.9", survives: "helm get manifest shop -n prod | grep -q 1.5"),
    World(
      layer: "helm-rollback-to", line: "helm rollback shop 1 -n prod", script: StandIns.helm, state: manifests,
      disturb: "echo 'image: 1.5' > manifest.9", survives: "helm get manifest shop -n prod | grep -q 1.5"),
    World(
      layer: "vercel-rollback", line: "vercel rollback https://shop-1.vercel.app", script: StandIns.vercel,
      state: ["deployment": "dpl_2"], disturb: "vercel promote dpl_3", survives: "grep -qx dpl_3 deployment"),
    World(
      layer: "fly-image", line: "fly deploy --image registry.fly.io/shop:1 -a shop", script: StandIns.fly,
      state: ["images": "registry.fly.io/shop:1\nregistry.fly.io/shop:2\n"],
      disturb: "fly deploy -a shop --image registry.fly.io/shop:3", survives: "tail -n 1 images | grep -q shop:3"),
    World(
      layer: "heroku-rollback", line: "heroku rollback --app shop", script: StandIns.heroku,
      state: ["releases": "slug-a\nslug-b\nslug-c\n"], disturb: "echo slug-d >> releases",
      survives: "tail -n 1 releases | grep -q slug-d", isProvable: false),
    World(
      layer: "heroku-rollback-to", line: "heroku rollback v1 --app shop", script: StandIns.heroku,
      state: ["releases": "slug-a\nslug-b\nslug-c\n"], disturb: "echo slug-d >> releases",
      survives: "tail -n 1 releases | grep -q slug-d"),
    World(
      layer: "heroku-config", line: "heroku config:set SEARCH_ENABLED=false -a shop", script: StandIns.heroku,
      state: ["releases": "slug-a\n", "config": "A=1\n"], disturb: "heroku config:set SEARCH_ENABLED=half -a shop",
      survives: "grep -qx SEARCH_ENABLED=half config"),
    World(
      layer: "kamal-rollback", line: "kamal rollback 1.3", script: StandIns.kamal, state: ["version": "1.4"],
      disturb: "kamal rollback 1.5", survives: "grep -qx 1.5 version"),
    World(
      layer: "cloud-run-traffic",
      line: "gcloud run services update-traffic shop --region me-central1 --to-revisions=shop-1=10,shop-2=90",
      script: StandIns.gcloud, state: ["shares": "shop-2=100\n"], disturb: "echo shop-3=100 > shares",
      survives: "grep -qx shop-3=100 shares", isProvable: false),
    World(
      layer: "cloud-run-revision",
      line: "gcloud run services update-traffic shop --region me-central1 --to-revisions=shop-1=100",
      script: StandIns.gcloud, state: ["shares": "shop-1=10\nshop-2=90\nshop-0=\n"],
      disturb: "echo shop-3=100 > shares",
      survives: "grep -qx shop-3=100 shares"),
    World(
      layer: "ecs-task-definition",
      line: "aws ecs update-service --cluster prod --service web --task-definition web:41", script: StandIns.aws,
      state: ["task": "web:42"], disturb: "echo web:43 > task", survives: "grep -qx web:43 task"),
  ]

  @Test func doctorIsToldEveryProgram() {
    for program in ShippedTools.all.flatMap(\.programs) { #expect(driver.tools[program] != nil, "\(program)") }
  }

  @Test(arguments: worlds) func conforms(_ world: World) async throws {
    let tools = try ToolFolder([world.program: world.script], state: world.state)
    defer { tools.remove() }
    let environment = tools.environment(variables: Self.variables)
    let statement = try #require(ShellReader().statements(of: world.line, line: 1).first)
    let command = try #require(statement.commands.last)
    let shell = PlainShell(directory: tools.folder.path, variables: environment.context.variables)
    let disturb: @Sendable () async throws -> Void = { _ = try await shell.run(world.disturb, timeout: 10) }
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: world.layer, action: .command(command), statement: world.line, environment: environment,
        disturb: world.disturb.isEmpty ? nil : disturb,
        disturbanceSurvives: { try await shell.run(world.survives, timeout: 10).succeeded },
        reset: { try tools.reset(to: world.state) }, isProvable: world.isProvable))
    #expect(report.violations == [])
    #expect(try Self.effect(of: world.line, in: environment.context)?.declared().name == world.layer)
  }

  /// What the tools report as success though nothing happens.
  @Test func aRollbackToWhatIsThereIsSaidBefore() async throws {
    let lines = [
      ("kubectl rollout undo deployment/web -n prod", StandIns.kubectl, Self.revisions, "no-op"),
      (
        "kubectl rollout undo deployment/web --to-revision=9 -n prod", StandIns.kubectl, Self.revisions,
        "target-unknown"
      ),
      ("helm rollback shop 9 -n prod", StandIns.helm, Self.manifests, "target-unknown"),
      ("helm rollback shop 3 -n prod", StandIns.helm, Self.manifests, "no-op"),
      ("heroku rollback v9 -a shop", StandIns.heroku, ["releases": "slug-a\n"], "target-unknown"),
    ]
    for (line, script, state, code) in lines {
      // Of kubectl's history only the newest is left.
      let state =
        code == "no-op" && line.contains("undo") ? state.filter { !["rev.1", "rev.2"].contains($0.key) } : state
      let tools = try ToolFolder([String(line.prefix { $0 != " " }): script], state: state)
      defer { tools.remove() }
      let environment = tools.environment()
      let effect = try #require(try Self.effect(of: line, in: environment.context))
      let before = try await driver.observe(effect, in: environment)
      #expect(before.isObserved, "\(line): \(before.summary)")
      let forecast = try await driver.forecast(effect, before: before, in: environment)
      #expect(forecast.problems.map(\.code) == [code], "\(line): \(forecast.problems.map(\.message))")
    }
  }

  @Test func aConfigVarThatMayBeASecretIsADigest() async throws {
    let tools = try ToolFolder(
      ["heroku": StandIns.heroku], state: ["releases": "a\n", "config": "STRIPE_SECRET=sk_live_1\n"])
    defer { tools.remove() }
    let environment = tools.environment()
    let effect = try #require(
      try Self.effect(of: "heroku config:set STRIPE_SECRET=$NEW -a shop", in: environment.context))
    #expect(try await !driver.observe(effect, in: environment).isObserved, "$NEW has no value yet")
    let given = tools.environment(variables: ["NEW": "sk_live_2"])
    let expanded = try Self.effect(of: "heroku config:set STRIPE_SECRET=$NEW -a shop", in: given.context)
    #expect(expanded?.summary == "heroku config:set STRIPE_SECRET=$NEW -a shop")
    let known = try #require(
      try Self.effect(of: "heroku config:set STRIPE_SECRET=x -a shop", in: environment.context))
    let seen = try await driver.observe(known, in: environment)
    #expect(seen.isObserved && seen.summary.hasPrefix("digest "))
    #expect(try !CanonicalJSON.text(of: seen).contains("sk_live_1"))
  }
}
