import AccueilDomain
import EventCoding
import Foundation
import Register
import Testing
import WireProtocol

/// `Protocol/openrpc.json`, `Protocol/schemas/` and `Protocol/rules.txt` are what the code says.
///
/// After a change to the protocol, `ACCUEIL_WRITE_CONTRACT=1 swift test --filter ContractTests` writes them anew; the
/// difference is then looked at as what it is, a change to what others rely on.
@Suite struct ContractTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Protocol").standardizedFileURL

    private static func standing() throws -> Set<String> {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.appending(path: "schemas").path)
        return Set(paths.filter { $0.hasSuffix(".json") }.map { "schemas/" + $0 } + ["openrpc.json"])
    }

    /// The rules that the daemon's sources name, one a line.
    private static func rules() throws -> String {
        let sources = folder.appending(path: "../Sources").standardizedFileURL.path
        let rooms = ["AccueilDomain", "Register", "SocketServer", "WireProtocol"]
        var rules: Set<String> = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: sources)
        where path.hasSuffix(".swift") && rooms.contains(where: { path.hasPrefix($0 + "/") }) {
            let text = try String(contentsOfFile: sources + "/" + path, encoding: .utf8)
            rules.formUnion(text.matches(of: /(?:Rejection\(\s*|rule: )"([a-z_]+)"/).map { String($0.1) })
        }
        return rules.sorted().joined(separator: "\n") + "\n"
    }

    @Test func `no rule is renamed in silence`() throws {
        let rules = try Self.rules()
        let file = Self.folder.appending(path: "rules.txt")
        if Self.isWriting { try rules.write(to: file, atomically: true, encoding: .utf8) }
        #expect(try String(contentsOf: file, encoding: .utf8) == rules, "ACCUEIL_WRITE_CONTRACT=1 writes it anew")
    }

    private static let isWriting = ProcessInfo.processInfo.environment["ACCUEIL_WRITE_CONTRACT"] != nil

    @Test func `the files in Protocol are what the code says, byte for byte`() throws {
        let files = Contract.register.files
        if Self.isWriting {
            try? FileManager.default.removeItem(at: Self.folder.appending(path: "schemas"))
            for (path, content) in files {
                let file = Self.folder.appending(path: path)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(content).write(to: file)
            }
        }
        for (path, content) in files {
            let standing = try? Data(contentsOf: Self.folder.appending(path: path))
            #expect(standing == Data(content), "Protocol/\(path): ACCUEIL_WRITE_CONTRACT=1 writes it anew")
        }
        #expect(try Self.standing() == Set(files.map(\.path)))
        #expect(Set(files.map(\.path)).count == files.count)
    }

    @Test func `the protocol's text has every command and every kind of event`() throws {
        let text = try String(contentsOf: Self.folder.appending(path: "PROTOCOL.md"), encoding: .utf8)
        for name in Catalogue.commands.map({ $0.method }) + Catalogue.events.map({ $0.type }) {
            #expect(text.contains("`\(name)`"), "\(name) has no row in PROTOCOL.md")
        }
    }

    @Test func `a reference leads to a schema, and every schema is referred to`() throws {
        for (path, content) in Contract.register.files {
            let text = String(decoding: content, as: UTF8.self)
            let document = try #require(try JSONSerialization.jsonObject(with: Data(content)) as? [String: Any])
            let components = document["components"] as? [String: Any]
            let named = (document["$defs"] ?? components?["schemas"]) as? [String: Any] ?? [:]
            let home = components == nil ? "#/$defs/" : "#/components/schemas/"
            let references = Set(
                text.matches(of: /"\$ref": ?"([^"]+)"/).map { String($0.1) }.filter { $0.hasPrefix(home) })
            #expect(references == Set(named.keys.map { home + $0 }), "\(path)")
        }
    }
}
