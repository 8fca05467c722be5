/// Where systemd looks for the files of units. One that lies elsewhere, or is a link to elsewhere, is only linked:
/// `systemctl disable` takes its link away, and nothing enables it again.
public enum UnitFolders {
  private static let system = [
    "/etc/systemd/", "/run/systemd/", "/lib/systemd/", "/usr/lib/systemd/", "/usr/local/lib/systemd/",
  ]
  /// In a home that nobody knows here.
  private static let user = ["/.config/systemd/", "/.local/share/systemd/"]

  /// The words of a command that prints a line for each of `files`: what it is a link to, else nothing.
  public static func question(of files: [String]) -> [String] {
    ["sh", "-c", #"for file; do readlink "$file" || echo; done"#, "sh"] + files
  }

  /// Those of `files`, each a unit's `FragmentPath`, that are no links to elsewhere.
  ///
  /// - Parameter answer: to `question`.
  public static func own(_ files: [String], answer: String, ofUser: Bool = false) -> Set<String> {
    let targets = answer.split(separator: "\n", omittingEmptySubsequences: false)
    guard targets.count >= files.count else { return [] }
    func hold(_ path: String) -> Bool {
      system.contains(where: path.hasPrefix) || ofUser && user.contains { path.contains($0) }
    }
    return Set(
      zip(files, targets).filter { file, target in
        hold(file) && (target.isEmpty || hold(absolute(String(target), beside: file)))
      }.map(\.0))
  }

  private static func absolute(_ target: String, beside file: String) -> String {
    target.hasPrefix("/") ? target : "/" + "\(file)/../\(target)".withoutDots
  }
}
