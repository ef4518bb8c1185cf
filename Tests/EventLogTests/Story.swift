import Dispatch
import EventLog
import Glibc
import Synchronization

/// What the tests of the log tell their stories with: events that name their position, and commits of them.

/// The line of the event at `position`, of a length that varies.
func line(_ position: Int) -> String {
    "{\"sequence\":\"\(position)\",\"data\":\"\(String(repeating: "é", count: position % 7 * 12))\"}\n"
}

func lines(_ positions: some Sequence<Int>) -> [UInt8] { positions.flatMap { Array(line($0).utf8) } }

func commit(_ positions: ClosedRange<Int>) -> Commit {
    Commit(
        first: Position(rawValue: UInt64(positions.lowerBound)), count: positions.count, lines: lines(positions))
}

extension Position: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: UInt64) { self.init(rawValue: value) }
}

extension FileLog.Options {
    static let small = FileLog.Options(segmentBytes: 16 << 10, diskReserveBytes: 1 << 20)
}

let folder = "/log"

extension FileLog {
    /// Opens a small log that does everything at once.
    static func openInline(
        _ disk: any Disk, _ access: Access = .own
    ) throws(LogOpenFailure) -> (FileLog, Recovery) {
        var options = Options.small
        options.access = access
        return try open(directory: folder, options: options, disk: disk, threads: .inline)
    }

    /// Appends and waits for the answer.
    func appended(_ commit: Commit) -> Result<Checkpoint, AppendFailure> {
        let answer = Waiting<Result<Checkpoint, AppendFailure>>()
        append(commit) { _, outcome in answer.put(outcome) }
        return answer.take()
    }

    /// Appends commits of one to four events until the log holds `last`.
    func fill(to last: Int) throws {
        var first = Int(durable.rawValue) + 1
        while first <= last {
            let end = min(last, first + first % 4)
            _ = try appended(commit(first...end)).get()
            first = end + 1
        }
    }

    /// The head, once everything before it was read and proven; throws the first damage.
    func proven() throws(ReadFailure) -> Checkpoint {
        let verification = try verify { _ in true }
        if let damage = verification.damage.first { throw .damaged(damage) }
        return verification.checkpoint
    }

    /// Everything that can be read from `from` on, page by page.
    func readAll(from: Position = 1, bytesMax: Int = 1000) throws(ReadFailure) -> [UInt8] {
        var all: [UInt8] = []
        var next = from
        while case let run = try read(from: next, bytesMax: bytesMax), run.count > 0 {
            precondition(run.first == next, "a run begins where it was asked to")
            all += run.bytes
            next = run.next
        }
        return all
    }
}

/// A value one thread waits for and another brings.
final class Waiting<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let arrived = DispatchSemaphore(value: 0)

    func put(_ value: Value) {
        values.withLock { $0.append(value) }
        arrived.signal()
    }

    func take() -> Value {
        arrived.wait()
        return values.withLock { $0.removeFirst() }
    }
}

/// A folder that is there as long as it is held.
final class Folder {
    let path: String

    init() {
        var template = Array("/tmp/event-log-XXXXXX".utf8CString)
        path = unsafe String(cString: template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) })
    }

    deinit {
        for name in (try? PosixDisk().list(path)) ?? [] { unsafe unlink("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    /// Writes `files` of a simulated disk here.
    convenience init(_ files: [String: [UInt8]]) throws {
        self.init()
        for (name, bytes) in files {
            let file = try PosixDisk().open(path + name.dropFirst(folder.count), .create)
            try PosixDisk().write(file, at: 0, bytes.span)
            PosixDisk().close(file)
        }
    }
}
