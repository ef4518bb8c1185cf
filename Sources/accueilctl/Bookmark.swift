import AccueilClient
import AccueilDomain
import ArgumentParser
import Glibc

/// A position in one log, as it is kept and typed: `log=018c…;sequence=42`; or without the log, `42` or `#42`.
struct Cursor: ExpressibleByArgument, CustomStringConvertible {
    /// The log's id, so that the cursor is not used with another one.
    let log: String?
    let sequence: Int

    init(log: String, sequence: Int) {
        self.log = log
        self.sequence = sequence
    }

    init?(argument: String) {
        if let number = EventNumber(argument: argument), number.position >= 0 {
            (log, sequence) = (nil, number.position)
            return
        }
        guard let parts = argument.wholeMatch(of: /log=([0-9A-Za-z-]+);sequence=([0-9]{1,18})/)?.output,
            let sequence = Int(parts.2)
        else { return nil }
        (log, self.sequence) = (String(parts.1), sequence)
    }

    var description: String { (log.map { "log=\($0);sequence=" } ?? "") + "\(sequence)" }
}

/// Where a reader of the log has come to: kept in a file, told at the end, as wanted.
struct Bookmark {
    private let log: String
    private let file: String?
    private let isTold: Bool
    /// What the file said at the start.
    let kept: Cursor?
    private var sequence: Int?
    private var keptSequence: Int?

    /// Reads `file` where there is one. Throws a sentence where it holds no cursor: it is perhaps another file.
    init(in file: String?, isTold: Bool, over connection: Connection) async throws {
        guard let log = JSONText(try await connection.call("server.info")).member("log")?.string else {
            throw ClientFailure.unreadable("server.info tells the log")
        }
        (self.log, self.file, self.isTold) = (log, file, isTold)
        kept = try file.flatMap { try Self.read($0) }
        keptSequence = kept?.sequence
    }

    /// Where to go on. Throws where the cursor is one of another log.
    func position(after cursor: Cursor) throws -> Int {
        guard cursor.log ?? log == log else {
            throw ValidationError(
                "the cursor is one of another log (\(cursor.log ?? "")); this register's is \(log). "
                    + "Is it the right --socket? To begin anew, leave the cursor out or remove its file")
        }
        return cursor.sequence + 1
    }

    /// Everything up to there has been shown.
    mutating func pass(_ sequence: Int) { self.sequence = sequence }

    /// Writes the file, if there is one and something was passed since.
    mutating func keep() throws {
        guard let file, let sequence, sequence != keptSequence else { return }
        try Output.file(Array("\(Cursor(log: log, sequence: sequence))\n".utf8), at: file)
        keptSequence = sequence
    }

    func tell() {
        guard isTold, let sequence else { return }
        Output.talk("cursor: \(Cursor(log: log, sequence: sequence))")
    }

    private static func read(_ file: String) throws -> Cursor? {
        guard unsafe access(file, F_OK) == 0 else { return nil }
        let first = try LineSource(file).next().map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
        guard let cursor = Cursor(argument: first) else {
            throw ValidationError("\(file) holds no cursor; another --cursor-file, or remove it to begin anew")
        }
        return cursor
    }
}
