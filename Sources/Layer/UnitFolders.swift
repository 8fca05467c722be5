/// Where systemd looks for the files of units. One that lies elsewhere is only linked there.
public enum UnitFolders {
  private static let system = [
    "/etc/systemd/", "/run/systemd/", "/lib/systemd/", "/usr/lib/systemd/", "/usr/local/lib/systemd/",
  ]

  /// Whether `path` lies in one of them.
  public static func hold(_ path: String) -> Bool { system.contains(where: path.hasPrefix) }

  /// The same for a user's manager, whose home nobody knows here.
  public static func hold(ofUser path: String) -> Bool {
    hold(path) || ["/.config/systemd/", "/.local/share/systemd/"].contains { path.contains($0) }
  }
}
