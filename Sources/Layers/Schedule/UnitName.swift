/// How systemd takes the name of a unit.
enum UnitName {
  private static let types: Set<Substring> = [
    "service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice", "scope",
  ]

  /// `php8.2-fpm` is `php8.2-fpm.service`: only a type of unit ends a name.
  static func full(_ name: String) -> String {
    if let dot = name.lastIndex(of: "."), types.contains(name[name.index(after: dot)...]) { return name }
    return name + ".service"
  }
}
