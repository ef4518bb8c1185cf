import AccueilClient
import Glibc
import Synchronization

/// Where words go: data to standard output, talk to standard error.
enum Output {
    static func data(_ text: String) { write(Array(text.utf8), to: STDOUT_FILENO) }

    /// Whole lines; whatever stands in them is shown, and does nothing.
    static func talk(_ text: String) {
        progress(
            text.split(separator: "\n", omittingEmptySubsequences: false).map { shown(String($0)) + "\n" }.joined())
    }

    /// Talk that will be written over, or a question behind which the answer is typed.
    static func progress(_ text: String) { write(Array(text.utf8), to: STDERR_FILENO) }

    /// One line of JSON, byte for byte as it came; on a terminal, what plays tricks there and JSON allows in strings is
    /// escaped.
    static func json(_ json: some Sequence<UInt8>, to descriptor: Int32 = STDOUT_FILENO) {
        write((isatty(descriptor) == 1 ? escaped(json) : Array(json)) + [0x0A], to: descriptor)
    }

    /// Each element of the member `rows` on a line of its own; an answer without rows on one line.
    static func lines(_ answer: JSONText, rows: String?) {
        guard let elements = rows.flatMap({ answer.member($0)?.elements() }) else { return json(answer.bytes) }
        for element in elements { json(element.bytes) }
    }

    /// A file that is there whole or not at all.
    static func file(_ bytes: [UInt8], at path: String) throws(Exit) {
        let draft = try DraftFile(for: path)
        try draft.write(bytes)
        try draft.publish()
    }

    private static func escaped(_ json: some Sequence<UInt8>) -> [UInt8] {
        let text = String(decoding: Array(json), as: UTF8.self)
        guard text.unicodeScalars.contains(where: \.isUnsafeToShow) else { return Array(text.utf8) }
        var escaped = ""
        for scalar in text.unicodeScalars {
            guard scalar.isUnsafeToShow else {
                escaped.unicodeScalars.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return Array(escaped.utf8)
    }

    /// A reader that has seen enough (`| head`) is no error: the program ends there. Where nobody listens to talk, what
    /// matters is still the exit status.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        guard !writeAll(bytes, to: descriptor), descriptor == STDOUT_FILENO else { return }
        guard errno != EPIPE else { exit(Exit.ok.rawValue) }
        talk("accueilctl: the output cannot be written: \(unsafe String(cString: strerror(errno)))")
        exit(Exit.error.rawValue)
    }

    /// Whether all of it was written; `errno` says why not.
    fileprivate static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return false }
        }
        return true
    }
}

/// A file on its way: written beside its place, and moved there once it is whole; gone if it never is.
final class DraftFile {
    private let path: String
    private let draft: String
    private let descriptor: Int32

    init(for path: String) throws(Exit) {
        self.path = path
        draft = "\(path).\(getpid()).draft"
        // Of a process that had this number and fell.
        unsafe unlink(draft)
        let before = unsafe unfinished.exchange(strdup(draft), ordering: .sequentiallyConsistent)
        precondition(unsafe before == nil, "one file is written at a time")
        descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit {
        close(descriptor)
        unsafe free(Self.abandon())
    }

    func write(_ bytes: [UInt8]) throws(Exit) {
        guard Output.writeAll(bytes, to: descriptor) else { throw Self.failure(path) }
    }

    func publish() throws(Exit) {
        guard fsync(descriptor) == 0, unsafe rename(draft, path) == 0 else { throw Self.failure(path) }
        unsafe free(unfinished.exchange(nil, ordering: .sequentiallyConsistent))
    }

    /// Removes the file that is on its way, if there is one, and gives its name to free. Only what a signal handler may do.
    @discardableResult
    static func abandon() -> UnsafeMutablePointer<CChar>? {
        // Whoever takes the name away removes the file.
        let draft = unsafe unfinished.exchange(nil, ordering: .sequentiallyConsistent)
        if let draft = unsafe draft { unsafe unlink(draft) }
        return unsafe draft
    }

    private static func failure(_ path: String) -> Exit {
        Output.talk("accueilctl: \(shown(path)) cannot be written: \(unsafe String(cString: strerror(errno)))")
        return .error
    }
}

/// The name of the file that is on its way; whoever exchanges it for nothing has it alone.
private nonisolated(unsafe) let unfinished = unsafe Atomic<UnsafeMutablePointer<CChar>?>(nil)
