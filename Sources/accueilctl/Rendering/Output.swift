import AccueilClient
import Glibc

/// Where words go: data to standard output, talk to standard error.
enum Output {
    static func data(_ text: String) { write(Array(text.utf8), to: STDOUT_FILENO) }

    static func talk(_ text: String) { write(Array((text + "\n").utf8), to: STDERR_FILENO) }

    /// Talk that will be written over.
    static func progress(_ text: String) { write(Array(text.utf8), to: STDERR_FILENO) }

    /// One line of JSON, byte for byte as it came; on a terminal, control characters beyond ASCII's (which JSON allows
    /// in strings) are escaped.
    static func json(_ json: some Sequence<UInt8>) {
        write((isatty(STDOUT_FILENO) == 1 ? escaped(json) : Array(json)) + [0x0A], to: STDOUT_FILENO)
    }

    /// A file that is there whole or not at all: written beside its place and then moved there.
    static func file(_ bytes: [UInt8], at path: String) throws(Exit) {
        let draft = "\(path).\(getpid()).draft"
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        guard descriptor >= 0 else { throw failure("cannot be written", path) }
        let isSafe = writeAll(bytes, to: descriptor) && fsync(descriptor) == 0
        close(descriptor)
        guard isSafe, unsafe rename(draft, path) == 0 else {
            let error = failure("cannot be written", path)
            unsafe unlink(draft)
            throw error
        }
    }

    private static func failure(_ what: String, _ path: String) -> Exit {
        talk("accueilctl: \(shown(path)) \(what): \(unsafe String(cString: strerror(errno)))")
        return .error
    }

    private static func escaped(_ json: some Sequence<UInt8>) -> [UInt8] {
        let text = String(decoding: Array(json), as: UTF8.self)
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar.value == 0x7F || (0x80...0x9F).contains(scalar.value) {
                escaped.append(contentsOf: "\\u00\(String(scalar.value, radix: 16))".unicodeScalars)
            } else {
                escaped.append(scalar)
            }
        }
        return Array(String(escaped).utf8)
    }

    /// A reader that has seen enough (`| head`) is no error: the program ends there.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        guard !writeAll(bytes, to: descriptor) else { return }
        exit((errno == EPIPE ? Exit.ok : Exit.error).rawValue)
    }

    /// Whether all of it was written; `errno` says why not.
    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return false }
        }
        return true
    }
}
