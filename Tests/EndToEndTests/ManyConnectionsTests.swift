import Foundation
import Glibc
import Testing

/// Clients that come and go, and clients that never come to the point.
@Suite(.serialized) struct ManyConnectionsTests {
    private func openFiles(of daemon: Daemon) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: daemon.proc("fd")).count
    }

    private static let request = #"{"jsonrpc":"2.0","id":1,"method":"events.read","params":{"limit":50}}"#

    /// What a client does before it goes, without waiting for anything.
    private func visit(_ number: Int, _ daemon: Daemon) throws -> LineClient {
        let client = try daemon.connect()
        switch number % 6 {
        case 0: break
        case 1: try client.send(Self.request.prefix(40).description)
        case 2: try client.send(Self.request + "\n")
        case 3: try client.send(#"{"jsonrpc":"2.0","id":1,"method":"events.subscribe","params":{"from":1}}"# + "\n")
        case 4:
            let site = #"{"site":"v\#(number)","kind":"CHU"}"#
            try client.send(#"{"jsonrpc":"2.0","id":1,"method":"site.open","params":\#(site)}"# + "\n")
            client.finishSending()
        default:
            try client.send(Self.request + "\n")
            _ = try client.object()
        }
        return client
    }

    @Test func `of a thousand connections that came and went nothing is left`() throws {
        let daemon = try Daemon.start()
        let observer = try daemon.connect()
        for number in 1...50 { try observer.record("site.open", ["site": "s\(number)", "kind": "CHU"]) }
        func isAlone() throws -> Bool {
            let status = try observer.result("server.status")
            return json(status, "connections", "pending", "subscriptions")
                == #"{"connections":1,"pending":0,"subscriptions":0}"#
        }
        // What the daemon opens once, and keeps.
        for number in 0..<60 { _ = try visit(number, daemon) }
        try eventually("all are gone") { try isAlone() }
        let (files, memory) = (try openFiles(of: daemon), try daemon.residentKiB)

        for number in 0..<1000 { _ = try visit(number, daemon) }
        try eventually("all are gone") { try isAlone() }
        try eventually("and their descriptors") { try openFiles(of: daemon) == files }
        // And 400 at once.
        _ = try (0..<400).map { try visit($0, daemon) }
        try eventually("all are gone") { try isAlone() }
        try eventually("and their descriptors") { try openFiles(of: daemon) == files }
        let grown = try daemon.residentKiB - memory
        print("1400 connections: VmRSS grew by \(grown) KiB")
        #expect(grown < 32 << 10, "\(grown) KiB")
        #expect(daemon.stop() == 0)
    }

    @Test func `four hundred clients that send a byte now and then, and never a line, hold up nobody`() throws {
        let daemon = try Daemon.start()
        let files = try openFiles(of: daemon)
        let observer = try daemon.connect()
        let memory = try daemon.residentKiB
        var slow = try (0..<400).map { _ in try daemon.connect() }
        let line = Array((Self.request + "\n").utf8)
        for (count, byte) in line.dropLast().enumerated() {
            for client in slow { try client.send([byte]) }
            try observer.record("site.open", ["site": "s\(count)", "kind": "CHU"])
            _ = try observer.result("query.occupancy")
        }
        #expect(try observer.result("server.status")["connections"] as? Int == 401)
        let grown = try daemon.residentKiB - memory
        print("400 slow clients: VmRSS grew by \(grown) KiB")
        #expect(grown < 32 << 10, "\(grown) KiB")

        // Whoever does come to the point is answered; the others are only an open connection.
        for client in slow.prefix(10) {
            try client.send([0x0A])
            #expect(try client.object()["result"] != nil)
        }
        // A line that is never ended is refused once it is too long, in however small pieces it comes.
        let endless = try daemon.connect()
        #expect(throws: LineClient.Closed.self) {
            for _ in 0..<4000 { try endless.send([UInt8](repeating: 0x20, count: 700)) }
        }
        #expect(try endless.line().contains(#""rule":"line_bytes_max""#))
        #expect(throws: LineClient.Closed.self) { try endless.line() }
        slow = []
        try eventually("all are gone") { try observer.result("server.status")["connections"] as? Int == 1 }
        try eventually("and their descriptors") { try openFiles(of: daemon) == files + 1 }
        #expect(daemon.stop() == 0)
    }

    /// How often each of its threads went to sleep, and so was woken.
    private func sleeps(of daemon: Daemon) throws -> [String: Int] {
        var sleeps: [String: Int] = [:]
        for thread in try FileManager.default.contentsOfDirectory(atPath: daemon.proc("task")) {
            // One that ends meanwhile tells nothing, and is missed at the next look.
            let status = try? String(contentsOfFile: daemon.proc("task/\(thread)/status"), encoding: .utf8)
            let line = status?.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
            sleeps[thread] = line.flatMap { Int($0.split(separator: "\t")[1]) }
        }
        return sleeps
    }

    @Test func `while nobody is connected nothing wakes it`() throws {
        let daemon = try Daemon.start()
        do {
            let client = try daemon.connect()
            for number in 1...50 { try client.record("site.open", ["site": "s\(number)", "kind": "CHU"]) }
        }
        // Longer than from one look at things to the next while somebody is connected. One thread is libdispatch's own,
        // which looks at its other threads once a second, whatever they do.
        var quiet = (sleeps: try sleeps(of: daemon), since: ContinuousClock.now)
        try eventually("it sleeps for eight seconds") {
            let now = try sleeps(of: daemon)
            if now.filter({ quiet.sleeps[$0.key] != $0.value }).count > 1 || now.count != quiet.sleeps.count {
                quiet = (now, .now)
            }
            return .now - quiet.since > .seconds(8)
        }
        #expect(daemon.stop() == 0)
    }
}
