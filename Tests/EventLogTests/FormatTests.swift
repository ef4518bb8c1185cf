import AccueilTesting
import EventLog
import Foundation
import Testing

/// Protocol/LOG.md is all one needs: a program that shares no code with this one reads the same log.
@Suite struct FormatTests {
    private func verify(_ files: [String: [UInt8]]) throws -> (status: Int32, sentence: String) {
        let directory = try Folder(files)
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "verify_log.py")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.path, directory.path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }

    private func written(_ count: Int) throws -> (files: [String: [UInt8]], log: FileLog) {
        let disk = SimulatedDisk()
        let (log, _) = try FileLog.openInline(disk)
        try log.fill(to: count)
        log.close()
        return (disk.files, log)
    }

    @Test func `another program proves a log of several segments to the same root`() throws {
        let (files, log) = try written(300)
        let segments = files.keys.filter { $0.hasSuffix(".ndjson") }.count
        #expect(segments >= 3)
        let (status, sentence) = try verify(files)
        #expect(status == 0)
        let root = log.checkpoint.root
        #expect(sentence == "\(log.identity): 300 events in \(segments) segments are sound, root \(root)\n")
    }

    @Test func `another program finds the same damage`() throws {
        let (files, _) = try written(300)
        let paths = files.keys.filter { $0.hasSuffix(".ndjson") }.sorted()
        var random = SplitMix(seed: 11)
        for path in paths {
            var changed = files
            let ink = files[path]!.lastIndex { $0 != 0x0A }!
            let place = Int.random(in: 0...ink, using: &random)
            changed[path]![place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            let (status, sentence) = try verify(changed)
            #expect(status == 1 && sentence.contains(path.dropFirst(folder.count)), "byte \(place): \(sentence)")
        }
        var gap = files
        gap[paths[1]] = nil
        let (status, sentence) = try verify(gap)
        #expect(status == 1 && sentence.hasSuffix("not the next position\n"), "\(sentence)")
        #expect(try verify([:]).status == 1)
    }

    /// The format outlives the program: this log was written by its first version and must be written and read the same
    /// way for ever.
    @Test func `the bytes of a log are what they have always been`() throws {
        var options = FileLog.Options.small
        options.newIdentity = LogIdentity("0f8fad5b-d9cb-469f-a165-70867728950e")
        let disk = SimulatedDisk()
        let (log, _) = try FileLog.open(directory: folder, options: options, disk: disk, threads: .inline)
        let first = Array("{\"a\":1}\n{\"b\":2}\n".utf8)
        _ = try log.appended(Commit(first: 1, count: 2, lines: first)).get()
        _ = try log.appended(Commit(first: 3, count: 1, lines: Array("{\"c\":3}\n".utf8))).get()
        let bytes = try #require(disk.files["\(folder)/00000000000000000001.ndjson"])
        #expect(bytes.count == 16 << 10)
        let written = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines) + "\n"
        let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "golden.ndjson")
        #expect(try written == String(contentsOf: golden, encoding: .utf8))
    }
}
