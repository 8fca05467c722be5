import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// `shfmt --to-json`, run once for a text.
struct ShellSyntax: Sendable {
  var tool = "shfmt"

  /// The syntax tree of `text`, or nil where it is not shell. Throws `ReadingError.missingTool` where shfmt cannot run.
  func tree(of text: [UInt8]) throws -> SyntaxNode? {
    let (status, output) = try run(text)
    guard status == 0 else { return nil }
    return try? SyntaxNodeParser.parse(output)
  }

  private var missing: ReadingError { .missingTool(name: tool, install: "apt-get install shfmt") }

  private func run(_ input: [UInt8]) throws -> (status: Int32, output: [UInt8]) {
    // Files without a name: however much shfmt prints, neither side waits for the other, and no other process that is
    // started at this moment can hold an end open.
    let inputFile = try unnamedFile()
    defer { close(inputFile) }
    let outputFile = try unnamedFile()
    defer { close(outputFile) }
    var written = 0
    while written < input.count {
      let count = input[written...].withUnsafeBytes { write(inputFile, $0.baseAddress, $0.count) }
      guard count > 0 else { throw missing }
      written += count
    }
    lseek(inputFile, 0, SEEK_SET)

    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, inputFile, 0)
    posix_spawn_file_actions_adddup2(&actions, outputFile, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)

    let arguments: [UnsafeMutablePointer<CChar>?] = [strdup(tool), strdup("--to-json"), nil]
    defer { for argument in arguments { free(argument) } }
    // shfmt needs no environment, and posix_spawnp looks along this process's PATH.
    let environment: [UnsafeMutablePointer<CChar>?] = [nil]
    var process: pid_t = 0
    guard posix_spawnp(&process, tool, &actions, nil, arguments, environment) == 0 else { throw missing }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    let exit = (status >> 8) & 0xff
    // 127: the word of some systems for a program that is not there.
    if status & 0x7f == 0, exit == 127 { throw missing }
    guard status == 0 else { return (status & 0x7f == 0 ? exit : -1, []) }

    let size = Int(lseek(outputFile, 0, SEEK_END))
    lseek(outputFile, 0, SEEK_SET)
    let output = [UInt8](unsafeUninitializedCapacity: max(size, 0)) { buffer, count in
      count = 0
      while count < size {
        let got = read(outputFile, buffer.baseAddress?.advanced(by: count), size - count)
        if got <= 0 { break }
        count += got
      }
    }
    return (0, output)
  }

  private func unnamedFile() throws -> Int32 {
    var template = Array((NSTemporaryDirectory() + "/backout-shell-XXXXXX").utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else { throw missing }
    unlink(template)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    return file
  }
}
