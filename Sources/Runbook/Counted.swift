extension Int {
  /// `1 file`, `3 files`; `counted("file is", "files are")`.
  package func counted(_ one: String, _ many: String? = nil) -> String {
    "\(self) \(self == 1 ? one : many ?? one + "s")"
  }
}
