import Foundation
import Glibc
import Testing

/// Five hundred subscribers, a hundred of whom never read, while others write as fast as they can.
@Suite(.serialized) struct ManySubscribersTests {
    private static let (reading, stalling) = (400, 100)
    private static let (writers, transactions, events) = (3, 6, 100)

    /// Writers write while the flock reads; tells how long it took until all was written, and until all was read.
    private func write(_ daemon: Daemon, for flock: Flock, head: inout Int) throws -> (
        written: Duration, read: Duration
    ) {
        let received: [String: Any] = [
            "method": "collection.receive",
            "params": [
                "point": "p", "category": "tops", "unit": "item", "quantity": 1, "donor_kind": "individual",
            ] as [String: Any],
        ]
        let list = Array(repeating: received, count: Self.events)
        let commands = String(decoding: try JSONSerialization.data(withJSONObject: list), as: UTF8.self)
        let line = #"{"jsonrpc":"2.0","id":1,"method":"transaction","params":{"commands":\#(commands)}}"# + "\n"
        head += Self.writers * Self.transactions * Self.events
        let (target, path) = (head, daemon.socketPath)
        let clock = ContinuousClock()
        let start = clock.now
        nonisolated(unsafe) var written = start
        nonisolated(unsafe) let reader = flock
        try concurrently(2) { number in
            guard number == 0 else { return try reader.read(upTo: target) }
            try concurrently(Self.writers) { _ in
                let client = try LineClient(path: path)
                for _ in 0..<Self.transactions {
                    try client.send(line)
                    try #require(try client.object()["result"] != nil)
                }
            }
            written = clock.now
        }
        return (written - start, clock.now - start)
    }

    @Test func `nobody else slows, nothing is missing or doubled, memory stays bounded, and who wakes gets everything`()
        throws
    {
        let daemon = try Daemon.start()
        try daemon.connect().record("collection.open_point", ["point": "p"])
        var head = 1
        let readers = try Flock(Self.reading, of: daemon.socketPath)
        let alone = try write(daemon, for: readers, head: &head)

        let before = try daemon.residentKiB
        let sleepers = try Flock(Self.stalling, of: daemon.socketPath)
        let beside = try write(daemon, for: readers, head: &head)
        let after = try daemon.residentKiB
        let later = try write(daemon, for: readers, head: &head)
        let end = try daemon.residentKiB
        #expect(try daemon.connect().result("server.status")["subscriptions"] as? Int == Self.reading + Self.stalling)

        let count = Self.writers * Self.transactions * Self.events
        func rate(_ time: Duration) -> Int { Int(Double(count) / (time / .seconds(1))) }
        print(
            """
            \(Self.reading) readers: \(count) events written at \(rate(alone.written))/s, all read at \(rate(alone.read))/s; \
            beside \(Self.stalling) who never read: \(rate(beside.written))/s and \(rate(beside.read))/s, then \
            \(rate(later.written))/s and \(rate(later.read))/s; VmRSS \(before) KiB, \(after) KiB, \(end) KiB
            """)
        // Twice: two cores that others use as well are not a quiet place.
        #expect(min(beside.read, later.read) < alone.read * 2 + .seconds(1))
        #expect(min(beside.written, later.written) < alone.written * 2 + .seconds(1))
        // What nobody has taken is not kept for them: far less than it would be, whatever was written meanwhile.
        let event = try daemon.connect().result("events.get", ["sequence": head])
        let unreadKiB = json(event).utf8.count * head * Self.stalling / 1024
        #expect(end - before < unreadKiB / 2, "\(end - before) KiB for \(unreadKiB) KiB that were not taken")

        try sleepers.read(upTo: head)
    }
}

/// Subscriptions, each on a connection of its own, that one thread reads.
private final class Flock {
    private struct Reader {
        let descriptor: Int32
        var received: [UInt8] = []
        var latest = 0
    }

    private var readers: [Reader] = []
    private static let secondsMax = 180

    /// Subscribes to everything from the first event on; reads nothing.
    init(_ count: Int, of path: String) throws {
        let subscribe =
            Array(#"{"jsonrpc":"2.0","id":1,"method":"events.subscribe","params":{"from":1}}"#.utf8) + [0x0A]
        for _ in 0..<count {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            try #require(descriptor >= 0)
            readers.append(Reader(descriptor: descriptor))
            try #require(withUnixAddress(path) { Glibc.connect(descriptor, $0, $1) } == 0)
            try #require(send(descriptor, subscribe, subscribe.count, 0) == subscribe.count)
        }
    }

    deinit { for reader in readers { close(reader.descriptor) } }

    /// Reads until each has heard the event at `head`, every event once and in order.
    func read(upTo head: Int) throws {
        let deadline = ContinuousClock.now + .seconds(Self.secondsMax)
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var waiting = readers.indices.filter { readers[$0].latest < head }
        while !waiting.isEmpty {
            try #require(ContinuousClock.now < deadline, "\(waiting.count) have not heard everything")
            var polled = waiting.map { pollfd(fd: readers[$0].descriptor, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, nfds_t(polled.count), 1000) > 0 else { continue }
            for (index, state) in zip(waiting, polled) where state.revents != 0 {
                let count = recv(state.fd, &buffer, buffer.count, 0)
                try #require(count > 0, "the connection ended")
                try take(buffer[..<count], at: index)
            }
            waiting.removeAll { readers[$0].latest >= head }
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>, at index: Int) throws {
        var text = readers[index].received
        readers[index].received = []
        text += bytes
        var latest = readers[index].latest
        let used = try text.withUnsafeMutableBytes { all -> Int in
            guard let base = all.baseAddress else { return 0 }
            var start = 0
            while let end = memchr(base + start, 0x0A, all.count - start) {
                // An end that C knows: its functions look for the position.
                end.storeBytes(of: 0, as: UInt8.self)
                let line = (base + start).assumingMemoryBound(to: CChar.self)
                if let place = strstr(line, Self.name) {
                    let sequence = strtol(place + Self.name.utf8.count, nil, 10)
                    try #require(sequence == latest + 1, "subscriber \(index)")
                    latest = sequence
                }
                start = end - base + 1
            }
            return start
        }
        readers[index].received = Array(text[used...])
        readers[index].latest = latest
    }

    private static let name = #""sequence":""#
}
