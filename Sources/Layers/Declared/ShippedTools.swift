import Layer
import Runbook
import RunbookReading

/// The declarations that Backout brings along, one YAML file a tool in `Tools/`, built into the program. Every plan is
/// offered them after what the team declares itself. A tool more is one file and one line here.
package enum ShippedTools {
  package static let all: [Tool] = [
    Tool("aws", bytes: PackageResources.aws_yaml),
    Tool("fly", "flyctl", bytes: PackageResources.fly_yaml),
    Tool("gcloud", bytes: PackageResources.gcloud_yaml),
    Tool("socat", bytes: PackageResources.haproxy_yaml),
    Tool("helm", bytes: PackageResources.helm_yaml),
    Tool("heroku", bytes: PackageResources.heroku_yaml),
    Tool("kamal", bytes: PackageResources.kamal_yaml),
    Tool("kubectl", bytes: PackageResources.kubectl_yaml),
    Tool("nginx", bytes: PackageResources.nginx_yaml),
    Tool("sponge", "yq", bytes: PackageResources.flagd_yaml),
    Tool("vercel", bytes: PackageResources.vercel_yaml, needs: ["VERCEL_DOMAIN"]),
  ]

  package struct Tool: Sendable {
    /// By which program a command of it is known. Nothing is read before a plan has such a command.
    package let programs: [String]
    package let bytes: [UInt8]
    /// Variables without which nothing can be observed: where one is not set, the tool is not offered.
    package let needs: [String]

    init(_ programs: String..., bytes: [UInt8], needs: [String] = []) {
      self.programs = programs
      self.bytes = bytes
      self.needs = needs
    }
  }

  /// What the declarations run → the arguments that print its version; none: it has no such thing.
  static var versions: [String: [String]] {
    let others: [String: [String]] = [
      "fly": ["version"], "flyctl": ["version"], "helm": ["version", "--short"], "kamal": ["version"],
      "kubectl": ["version", "--client"], "nginx": ["-v"], "socat": ["-V"], "sponge": [],
    ]
    // `sponge` only writes what jq made.
    let programs = all.flatMap(\.programs) + ["jq"]
    return Dictionary(programs.map { ($0, others[$0] ?? ["--version"]) }, uniquingKeysWith: { first, _ in first })
  }

  private static let programs = Set(all.flatMap(\.programs))

  /// Read once, at the first command that names one of the programs.
  private static let read: [String: [(needs: [String], tool: DeclaredTool)]] = {
    var result: [String: [(needs: [String], tool: DeclaredTool)]] = [:]
    for tool in all {
      // A test reads every one of them.
      guard let bindings = try? BindingsReader.read(String(decoding: tool.bytes, as: UTF8.self)) else { continue }
      let layers = DeclaredTool.all(of: bindings.layers)
      for program in tool.programs { result[program, default: []] += layers.map { (tool.needs, $0) } }
    }
    return result
  }()

  static func declarations(for program: String, in context: ReadingContext) -> [DeclaredTool] {
    guard programs.contains(program) else { return [] }
    return (read[program] ?? []).filter { $0.needs.allSatisfy { !(context.variables[$0] ?? "").isEmpty } }.map(\.tool)
  }
}
