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
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                exit(Exit.ok.rawValue)
            } else if errno != EINTR {
                exit(Exit.error.rawValue)
            }
        }
    }
}
