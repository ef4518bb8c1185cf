import Foundation
import Testing

/// A conversation of `Protocol/transcripts`, as PROTOCOL.md describes them.
///
/// It is held with the real daemon: what it says is sent, and what it says comes back must come back, line by line.
final class Transcript {
    /// One line of the file.
    private struct Turn {
        let number: Int
        let members: [String: Any]
        /// Which of its connections it is about.
        var connection: String { members["on"] as? String ?? "" }
    }

    static let folder = Example.repository.appending(path: "Protocol/transcripts")
    static let names =
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?
        .filter { $0.hasSuffix(".ndjson") }.map { String($0.dropLast(7)) }.sorted() ?? []

    private let name: String
    private let turns: [Turn]
    private var connections: [String: LineClient] = [:]
    /// What stood where a name in angle brackets stands.
    private var known: [String: Any] = [:]
    /// Every line that went either way, as `validators.py exchange` reads them.
    private(set) var exchange: [[String: String]] = []

    init(_ name: String) throws {
        self.name = name
        let text = try String(contentsOf: Self.folder.appending(path: name + ".ndjson"), encoding: .utf8)
        turns = try text.split(separator: "\n").enumerated().map { index, line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return Turn(number: index + 1, members: try #require(object, "line \(index + 1)"))
        }
    }

    /// Holds the conversation with the daemon; every difference is a failed expectation.
    func hold(with daemon: Daemon) throws {
        for turn in turns {
            if connections[turn.connection] == nil { connections[turn.connection] = try daemon.connect() }
            let client = try #require(connections[turn.connection])
            switch turn.members.keys.filter({ $0 != "on" }).sorted() {
            case ["note"]: break
            case ["send"]: try send(try #require(turn.members["send"]), to: client)
            case ["receive"]: try receive(turn, from: client)
            default: Issue.record("\(name):\(turn.number) is neither note, send nor receive")
            }
        }
        for client in connections.values {
            client.finishSending()
            let rest = client.rest().filter { !$0.contains(#""method":"heartbeat""#) }
            #expect(rest == [], "\(name): the daemon says more than the transcript")
        }
    }

    /// A text is sent as it stands, anything else as JSON.
    private func send(_ value: Any, to client: LineClient) throws {
        let line = value as? String ?? json(filled(value))
        exchange.append(["send": line])
        try client.send(line + "\n")
    }

    private func receive(_ turn: Turn, from client: LineClient) throws {
        let line = try nextLine(of: client)
        exchange.append(["receive": line])
        let received = try JSONSerialization.jsonObject(with: Data(line.utf8), options: .fragmentsAllowed)
        if let difference = difference(turn.members["receive"] ?? NSNull(), received, at: "") {
            Issue.record("\(name):\(turn.number)\(difference) in \(line)")
        }
    }

    /// Signs of life come when they come.
    private func nextLine(of client: LineClient) throws -> String {
        while true {
            let line = try client.line()
            if !line.contains(#""method":"heartbeat""#) { return line }
        }
    }

    /// What stands there with the known names replaced.
    private func filled(_ value: Any) -> Any {
        switch value {
        case let text as String: name(in: text).flatMap { known[$0] } ?? text
        case let list as [Any]: list.map(filled)
        case let object as [String: Any]: object.mapValues(filled)
        default: value
        }
    }

    /// Where what came is not what was expected; `nil` where it is.
    private func difference(_ expected: Any, _ received: Any, at path: String) -> String? {
        if let text = expected as? String, let name = name(in: text) {
            guard !name.isEmpty, let before = known.updateValue(received, forKey: name) else { return nil }
            return json(before) == json(received) ? nil : "\(path): <\(name)> was \(json(before))"
        }
        switch (expected, received) {
        case (let expected as [String: Any], let received as [String: Any]):
            let isOpen = expected["…"] != nil
            let names = Set(expected.keys).subtracting(["…"])
            if let name = names.subtracting(received.keys).sorted().first { return "\(path).\(name) is missing" }
            if !isOpen, let name = Set(received.keys).subtracting(names).sorted().first {
                return "\(path).\(name) is not in the transcript"
            }
            return names.sorted().lazy
                .compactMap { self.difference(expected[$0] ?? NSNull(), received[$0] ?? NSNull(), at: "\(path).\($0)") }
                .first
        case (let expected as [Any], let received as [Any]):
            guard expected.count == received.count else { return "\(path): \(received.count) elements" }
            return zip(expected, received).enumerated().lazy
                .compactMap { self.difference($1.0, $1.1, at: "\(path)[\($0)]") }.first
        default: return json(expected) == json(received) ? nil : "\(path): not \(json(expected))"
        }
    }

    /// `<head>`: a name for a value that is another one each time; `<>`: a value that nobody needs again.
    private func name(in text: String) -> String? {
        text.wholeMatch(of: /<([a-z_]*)>/).map { String($0.1) }
    }
}
