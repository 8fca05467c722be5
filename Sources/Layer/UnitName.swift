/// How systemd takes the name of a unit.
public enum UnitName {
  private static let types: Set<Substring> = [
    "service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice", "scope",
  ]

  /// `php8.2-fpm` is `php8.2-fpm.service`: only a type of unit ends a name.
  public static func full(_ name: String) -> String {
    if let dot = name.lastIndex(of: "."), types.contains(name[name.index(after: dot)...]) { return name }
    return name + ".service"
  }

  /// As people write it: `app` of `app.service`.
  public static func short(_ name: String) -> String {
    guard name.hasSuffix(".service"), !isPattern(name) else { return name }
    let stem = String(name.dropLast(".service".count))
    return full(stem) == name ? stem : name
  }

  /// Whether it stands for every loaded unit that fits: `worker@*`.
  public static func isPattern(_ name: String) -> Bool { name.contains { "*?[".contains($0) } }
}
