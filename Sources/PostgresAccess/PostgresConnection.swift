import CPostgres
import Dispatch
import Foundation

/// libpq blocks: a thread of its own keeps it off the threads that Swift's tasks share.
final class QueueExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "backout.postgres")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}

/// Owns a libpq connection, so that it is closed exactly once.
///
/// `@unchecked Sendable`: the pointer is used by the one actor that owns this, and by `deinit`, when nobody else can.
private final class ConnectionHandle: @unchecked Sendable {
  let pointer: OpaquePointer
  let libpq: PostgresLibrary
  init(_ pointer: OpaquePointer, libpq: PostgresLibrary) {
    self.pointer = pointer
    self.libpq = libpq
  }
  deinit { libpq.PQfinish(pointer) }
}

/// `@unchecked Sendable`: PQcancel may be called from any thread while the connection is in use (libpq's manual, 34.7).
private final class CancelHandle: @unchecked Sendable {
  private let pointer: OpaquePointer
  private let libpq: PostgresLibrary
  init?(of connection: ConnectionHandle) {
    libpq = connection.libpq
    guard let pointer = libpq.PQgetCancel(connection.pointer) else { return nil }
    self.pointer = pointer
  }
  deinit { libpq.PQfreeCancel(pointer) }

  func cancel() {
    var buffer = [CChar](repeating: 0, count: 256)
    _ = libpq.PQcancel(pointer, &buffer, Int32(buffer.count))
  }
}

/// libpq's text; empty where it has none.
private func text(_ value: UnsafeMutablePointer<CChar>?) -> String { value.map { String(cString: $0) } ?? "" }

/// Called by libpq on its own terms: a closure would belong to the actor that it is written in, and trap.
private func ignoreNotice(_: UnsafeMutableRawPointer?, _: UnsafePointer<CChar>?) {}

/// The rows that a statement answered, as text.
package struct QueryAnswer: Sendable {
  package var columns: [String] = []
  /// The type of each column, as PostgreSQL's object identifier.
  package var types: [UInt32] = []
  package var rows: [[String?]] = []
  /// Rows changed, where the statement says so.
  package var affected: Int?
  /// `DELETE 128`.
  package var tag = ""

  package var scalar: String? { rows.first?.first ?? nil }
}

/// One connection, used by one step. Not shared.
package actor PostgresConnection {
  private let executor = QueueExecutor()
  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let handle: ConnectionHandle
  private var libpq: PostgresLibrary { handle.libpq }
  private let cancelHandle: CancelHandle?
  private let passwords: [String]

  private init(handle: ConnectionHandle, passwords: [String]) {
    self.handle = handle
    self.cancelHandle = CancelHandle(of: handle)
    self.passwords = passwords
  }

  /// Connects. Throws `PostgresFailure`, without a SQLSTATE where nobody answered.
  ///
  /// - Parameter parameters: libpq's connection keywords, in order; later ones win; `dbname` may be a URL.
  static func connect(_ parameters: [(String, String)], passwords: [String]) async throws -> PostgresConnection {
    let executor = QueueExecutor()
    let connector = Connector(executor: executor)
    let handle = try await connector.connect(parameters, passwords: passwords)
    return PostgresConnection(handle: handle, passwords: passwords)
  }

  private actor Connector {
    let executor: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    init(executor: QueueExecutor) { self.executor = executor }

    func connect(_ parameters: [(String, String)], passwords: [String]) throws -> ConnectionHandle {
      let libpq = try PostgresLibrary.load()
      let keys = parameters.map { strdup($0.0) } + [nil]
      let values = parameters.map { strdup($0.1) } + [nil]
      defer { for pointer in keys + values { free(pointer) } }
      let pointer = libpq.PQconnectdbParams(keys.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 1)
      guard let pointer else { throw PostgresFailure(state: nil, message: "libpq has no memory for a connection") }
      let handle = ConnectionHandle(pointer, libpq: libpq)
      guard libpq.PQstatus(pointer) == CONNECTION_OK else {
        let message = hide(passwords, in: text(libpq.PQerrorMessage(pointer)))
        // libpq has no field for why a server refuses; a password that it asks for and does not get needs none.
        let state: String? =
          if libpq.PQconnectionNeedsPassword(pointer) != 0 {
            "28P01"
          } else if libpq.PQconnectionUsedPassword(pointer) != 0 {
            refusal(keys, values, libpq)
          } else {
            nil
          }
        throw PostgresFailure(state: state, message: message, isConnectionLost: true)
      }
      _ = libpq.PQsetNoticeProcessor(pointer, ignoreNotice, nil)
      return handle
    }

    /// Asks once more, for the SQLSTATE and no words: only before the connection is made libpq can be told so.
    private func refusal(
      _ keys: [UnsafeMutablePointer<CChar>?], _ values: [UnsafeMutablePointer<CChar>?], _ libpq: PostgresLibrary
    ) -> String? {
      let pointer = libpq.PQconnectStartParams(keys.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 1)
      guard let pointer else { return nil }
      let handle = ConnectionHandle(pointer, libpq: libpq)
      _ = libpq.PQsetErrorVerbosity(handle.pointer, PQERRORS_SQLSTATE)
      var step = PGRES_POLLING_WRITING
      while step == PGRES_POLLING_WRITING || step == PGRES_POLLING_READING {
        let events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT
        var wait = pollfd(fd: libpq.PQsocket(handle.pointer), events: Int16(events), revents: 0)
        guard poll(&wait, 1, 5_000) > 0 else { return nil }
        step = libpq.PQconnectPoll(handle.pointer)
      }
      let said = text(libpq.PQerrorMessage(handle.pointer)).split(whereSeparator: \.isWhitespace).last ?? ""
      return said.count == 5 ? String(said) : nil
    }
  }

  /// Runs one statement with `$1 …` parameters. Throws `PostgresFailure`.
  @discardableResult
  package func query(_ sql: String, _ arguments: [String?] = []) async throws -> QueryAnswer {
    try await cancellable { try self.execute(sql, arguments) }
  }

  /// The first column of each row.
  package func column(_ sql: String, _ arguments: [String?] = []) async throws -> [String] {
    try await query(sql, arguments).rows.compactMap { $0.first ?? nil }
  }

  private func cancellable<T: Sendable>(_ body: () throws -> T) async throws -> T {
    try Task.checkCancellation()
    let handle = cancelHandle
    return try await withTaskCancellationHandler {
      try body()
    } onCancel: {
      handle?.cancel()
    }
  }

  private func execute(_ sql: String, _ arguments: [String?]) throws -> QueryAnswer {
    let pointer = handle.pointer
    // Without arguments the simple protocol: some utility statements know no other.
    let result: OpaquePointer?
    if arguments.isEmpty {
      result = libpq.PQexec(pointer, sql)
    } else {
      let values = arguments.map { $0.flatMap { strdup($0) } }
      defer { for value in values { free(value) } }
      let texts = values.map { UnsafePointer($0) }
      result = libpq.PQexecParams(pointer, sql, Int32(texts.count), nil, texts, nil, nil, 0)
    }
    defer { libpq.PQclear(result) }
    switch libpq.PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return answer(of: result)
    case PGRES_COPY_IN:
      _ = libpq.PQputCopyEnd(pointer, "COPY FROM STDIN has no input here")
      try finishCopy()
      throw PostgresFailure(state: nil, message: "COPY FROM STDIN has no input here")
    case PGRES_COPY_OUT:
      while let chunk = try copyRow() { _ = chunk }
      return QueryAnswer()
    default: throw failure(of: result)
    }
  }

  private func answer(of result: OpaquePointer?) -> QueryAnswer {
    // A constant: closures that reach for the actor would be its own.
    let libpq = libpq
    let columns = libpq.PQnfields(result)
    return QueryAnswer(
      columns: (0..<columns).map { text(libpq.PQfname(result, $0)) },
      types: (0..<columns).map { libpq.PQftype(result, $0) },
      rows: (0..<libpq.PQntuples(result)).map { row in
        (0..<columns).map { column in
          libpq.PQgetisnull(result, row, column) == 1
            ? nil
            : String(
              decoding: UnsafeRawBufferPointer(
                start: libpq.PQgetvalue(result, row, column), count: Int(libpq.PQgetlength(result, row, column))),
              as: UTF8.self)
        }
      },
      affected: Int(text(libpq.PQcmdTuples(result))), tag: text(libpq.PQcmdStatus(result)))
  }

  private func failure(of result: OpaquePointer?) -> PostgresFailure {
    func field(_ code: Character) -> String? {
      guard let result, let value = libpq.PQresultErrorField(result, Int32(code.asciiValue ?? 0)) else { return nil }
      return hide(passwords, in: String(cString: value))
    }
    return PostgresFailure(
      state: field("C"),
      message: field("M") ?? hide(passwords, in: text(libpq.PQerrorMessage(handle.pointer))),
      detail: field("D"), hint: field("H"), position: field("P").flatMap { Int($0) },
      isConnectionLost: libpq.PQstatus(handle.pointer) != CONNECTION_OK)
  }

  // MARK: COPY

  /// Begins `COPY … TO STDOUT`; `nextChunk` reads it.
  package func beginCopyOut(_ sql: String) async throws {
    try await cancellable {
      let result = self.libpq.PQexec(self.handle.pointer, sql)
      defer { self.libpq.PQclear(result) }
      guard self.libpq.PQresultStatus(result) == PGRES_COPY_OUT else { throw self.failure(of: result) }
    }
  }

  /// Some 256 KiB of whole rows; nil at the end.
  package func nextChunk() async throws -> Data? {
    try await cancellable {
      var chunk = Data()
      while chunk.count < 1 << 18, let row = try self.copyRow() { chunk.append(row) }
      return chunk.isEmpty ? nil : chunk
    }
  }

  private func copyRow() throws -> Data? {
    var buffer: UnsafeMutablePointer<CChar>?
    let count = libpq.PQgetCopyData(handle.pointer, &buffer, 0)
    if count > 0, let buffer {
      defer { libpq.PQfreemem(buffer) }
      return Data(bytes: buffer, count: Int(count))
    }
    try finishCopy()
    return nil
  }

  /// Begins `COPY … FROM STDIN`; `put` and `endCopyIn` follow.
  package func beginCopyIn(_ sql: String) async throws {
    let result = libpq.PQexec(handle.pointer, sql)
    defer { libpq.PQclear(result) }
    guard libpq.PQresultStatus(result) == PGRES_COPY_IN else { throw failure(of: result) }
  }

  package func put(_ data: Data) throws {
    let sent = data.withUnsafeBytes { bytes in
      libpq.PQputCopyData(handle.pointer, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count))
    }
    guard sent == 1 else { throw failure(of: nil) }
  }

  package func endCopyIn() throws {
    guard libpq.PQputCopyEnd(handle.pointer, nil) == 1 else { throw failure(of: nil) }
    try finishCopy()
  }

  private func finishCopy() throws {
    var failed: PostgresFailure?
    while let result = libpq.PQgetResult(handle.pointer) {
      let status = libpq.PQresultStatus(result)
      if status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE { failed = failure(of: result) }
      libpq.PQclear(result)
      if status == PGRES_COPY_OUT || status == PGRES_COPY_IN { break }
    }
    if let failed { throw failed }
  }

  /// `host:port/database`, without user or password.
  package var address: String {
    let pointer = handle.pointer
    return "\(text(libpq.PQhost(pointer))):\(text(libpq.PQport(pointer)))/\(text(libpq.PQdb(pointer)))"
  }

  package var isAlive: Bool { libpq.PQstatus(handle.pointer) == CONNECTION_OK }
}

/// `text`, trimmed, with each of `passwords` masked.
func hide(_ passwords: [String], in text: String) -> String {
  passwords.filter { !$0.isEmpty }
    .reduce(text) { $0.replacingOccurrences(of: $1, with: "‹password›") }
    .trimmingCharacters(in: .whitespacesAndNewlines)
}
