import ArgumentParser
import Glibc
import WireProtocol

/// The lines of a file or of standard input, numbered from 1.
final class LineSource {
    private static let chunkBytes = 256 << 10
    /// More of a line is not kept: it is too long for a request anyway.
    private static let lineBytesMax = Limits().lineBytesMax + 1

    private let descriptor: Int32
    private let bytesTotal: Int?
    private var chunk: [UInt8] = []
    private var position = 0
    private var bytesRead = 0
    private var lineNumber = 0
    private var hasEnded = false

    /// `path` is a file or `-`. Throws a sentence that names the file and what is wrong.
    init(_ path: String) throws {
        descriptor = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(path: path, reason: unsafe String(cString: strerror(errno))) }
        var facts = stat()
        let isFile = unsafe fstat(descriptor, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
        bytesTotal = isFile && facts.st_size > 0 ? Int(facts.st_size) : nil
    }

    deinit { close(descriptor) }

    /// How much has been read, in percent; `nil` where the end is not known.
    var sharePercent: Int? { bytesTotal.map { min(100, (bytesRead - chunk.count + position) * 100 / $0) } }

    func next() throws -> (number: Int, bytes: [UInt8])? {
        var line: [UInt8] = []
        while true {
            if let newline = chunk[position...].firstIndex(of: 0x0A) {
                keep(chunk[position..<newline], in: &line)
                position = newline + 1
                break
            }
            keep(chunk[position...], in: &line)
            guard try readChunk() else {
                if line.isEmpty { return nil }
                break
            }
        }
        lineNumber += 1
        return (lineNumber, line)
    }

    /// All that has not been read as lines. Throws where there are more bytes than `bytesMax`.
    func rest(bytesMax: Int) throws -> [UInt8] {
        var rest = Array(chunk[position...])
        while try readChunk() {
            rest += chunk
            guard rest.count <= bytesMax else {
                throw FileFailure(path: "the input", reason: "it is longer than \(bytesMax) bytes; split it")
            }
        }
        return rest
    }

    private func keep(_ bytes: ArraySlice<UInt8>, in line: inout [UInt8]) {
        line += bytes.prefix(Self.lineBytesMax - line.count)
    }

    private func readChunk() throws -> Bool {
        position = 0
        chunk = []
        guard !hasEnded else { return false }
        var buffer = [UInt8](repeating: 0, count: Self.chunkBytes)
        var count = 0
        repeat {
            count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw FileFailure(path: "the input", reason: unsafe String(cString: strerror(errno))) }
        hasEnded = count == 0
        chunk = Array(buffer[..<count])
        bytesRead += count
        return count > 0
    }
}

/// A file that cannot be read.
struct FileFailure: Error, CustomStringConvertible {
    let path: String
    let reason: String
    var description: String { "\(path) cannot be read: \(reason)" }
}
