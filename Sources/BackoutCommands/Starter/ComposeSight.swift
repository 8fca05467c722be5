import ImageLayer
import Yams

/// What a compose file says of the service that is rolled back.
struct ComposeSight {
  /// The first that is built here; else one that publishes a port which is no database's; else the first.
  var service: String?
  /// Whether compose builds any image here.
  var isBuilt = false
  /// Those that name the tag of the service's image, where it is not built here.
  var tagVariables: [ComposeVariables.Use] = []
  /// Where it answers on this machine: `http://127.0.0.1:46033`. Nil: no published port is named in numbers.
  var origin: String?
  /// What its own health check asks for: `/healthz`.
  var healthPath: String?

  init(of text: String) {
    let root = (try? Yams.load(yaml: text)) as? [String: Any]
    guard let services = root?["services"] as? [String: Any] else { return }
    let all = services.keys.sorted().map { (name: $0, body: services[$0] as? [String: Any] ?? [:]) }
    guard
      let chosen = all.first(where: { $0.body["build"] != nil })
        ?? all.first(where: { Self.origin(of: $0.body) != nil }) ?? all.first
    else { return }
    service = chosen.name
    isBuilt = all.contains { $0.body["build"] != nil }
    if chosen.body["build"] == nil, let image = chosen.body["image"] as? String {
      tagVariables = ComposeVariables.tag(of: image)
    }
    origin = Self.origin(of: chosen.body)
    healthPath = Self.healthPath(of: chosen.body)
  }

  private static let databases: Set<Int> = [1433, 1521, 3306, 5432, 5672, 6379, 9092, 11211, 27017]

  private static func origin(of service: [String: Any]) -> String? {
    for port in service["ports"] as? [Any] ?? [] {
      if let text = port as? String {
        if let origin = origin(short: text) { return origin }
      } else if let fields = port as? [String: Any], let target = number(fields["target"]),
        let published = number(fields["published"]), fields["protocol"] as? String != "udp"
      {
        if let origin = origin(host: fields["host_ip"] as? String, published, target) { return origin }
      }
    }
    return nil
  }

  /// `8000:80`, `127.0.0.1:8000:80/tcp`. A range, a variable, or a port that the engine picks names none.
  private static func origin(short text: String) -> String? {
    let halves = text.split(separator: "/")
    guard let address = halves.first, halves.count == 1 || halves[1] == "tcp" else { return nil }
    let parts = address.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard 2...3 ~= parts.count, let target = Int(parts[parts.count - 1]), let published = Int(parts[parts.count - 2])
    else { return nil }
    return origin(host: parts.count == 3 ? parts[0] : nil, published, target)
  }

  private static func origin(host: String?, _ published: Int, _ target: Int) -> String? {
    guard !databases.contains(target) else { return nil }
    let host = host.flatMap { ["", "0.0.0.0", "::"].contains($0) ? nil : $0 } ?? "localhost"
    return "\(target == 443 ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(published)"
  }

  private static func number(_ value: Any?) -> Int? { value as? Int ?? (value as? String).flatMap { Int($0) } }

  private static func healthPath(of service: [String: Any]) -> String? {
    let test = (service["healthcheck"] as? [String: Any])?["test"]
    let words = (test as? [Any])?.compactMap { $0 as? String } ?? (test as? String).map { [$0] } ?? []
    for part in words.flatMap({ $0.split { $0.isWhitespace || "\"'`();".contains($0) } }) {
      guard part.hasPrefix("http"), let mark = part.firstRange(of: "://") else { continue }
      let path = part[mark.upperBound...].drop { $0 != "/" }
      // A variable in it is the container's.
      if !path.contains("$") { return path.isEmpty ? "/" : String(path) }
    }
    return nil
  }
}
