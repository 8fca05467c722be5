import Runbook

/// What a curl or wget command asks for.
enum HTTPNature {
  static func method(_ arguments: [String]) -> String {
    var method: String?
    var hasBody = false
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      if argument == "-X" || argument == "--request" {
        if index + 1 < arguments.count { method = arguments[index + 1].uppercased() }
        index += 1
      } else if let value = argument.dropping(prefix: "--request=") {
        method = value.uppercased()
      } else if argument.hasPrefix("-X"), argument.count > 2 {
        method = argument.dropFirst(2).uppercased()
      } else if argument == "-I" || argument == "--head" {
        method = method ?? "HEAD"
      } else if argument == "-G" || argument == "--get" {
        method = method ?? "GET"
      } else if ["-d", "-F", "-T"].contains(argument) || argument.hasPrefix("--data") || argument == "--json"
        || argument == "--form" || argument == "--upload-file"
      {
        hasBody = true
      }
      index += 1
    }
    return method ?? (hasBody ? "POST" : "GET")
  }

  /// A request that is sent to see what comes back (`verifies`) may be a POST.
  static func reads(name: String, arguments: [String], verifies: Bool) -> Bool {
    let method: String
    switch name {
    case "curl": method = Self.method(arguments)
    case "wget":
      guard
        arguments.contains(where: {
          $0 == "--spider" || $0.hasPrefix("-qO-") || $0 == "-O-" || $0 == "-qO" || $0 == "-"
        })
      else {
        return false
      }
      method = "GET"
    default:
      let verbs: Set<String> = ["POST", "PUT", "PATCH", "DELETE"]
      method = arguments.first { verbs.contains($0) } ?? "GET"
    }
    guard ["GET", "HEAD", "OPTIONS"].contains(method) || verifies && method == "POST" else { return false }
    // A download writes a file.
    return name != "curl"
      || !zip(arguments, arguments.dropFirst() + [""]).contains { argument, next in
        (argument == "-o" || argument == "--output") && next != "/dev/null" && next != "-" || argument == "-O"
          || argument == "--remote-name"
          || (argument.hasPrefix("-") && !argument.hasPrefix("--") && argument.contains("O"))
      }
  }
}
