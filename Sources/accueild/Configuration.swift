import AccueilDomain
import EventCoding
import Glibc
import SocketServer
import WireProtocol

/// `accueild.json`: what an administrator decides. Everything may be absent.
///
///     {"time_zone": "Europe/Paris", "source": "urn:accueil:paris",
///      "roles": {"operator": {"groups": ["accueil-operators"]}, "reader": {"users": ["nagios"]}},
///      "limits": {"connections_max": 2000}}
struct Configuration: Record {
    var timeZone: Text?
    var source: Text?
    /// Who may do what; the groups of `Holders.usual` where absent.
    var holders: Holders?
    var limits = Limits()

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("time_zone", &timeZone)
        try visitor.field("source", &source)
        if let source, !Accueild.isSource(source.string) {
            throw Malformed(path: "source", expected: Accueild.sourceExpected)
        }
        try visitor.field("roles", &holders)
        try visitor.preset("limits", &limits)
    }

    /// Who holds each role.
    struct Holders: Record {
        var admin = Accounts()
        var `operator` = Accounts()
        var reader = Accounts()

        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.preset("admin", &admin)
            try visitor.preset("operator", &`operator`)
            try visitor.preset("reader", &reader)
        }
    }

    struct Accounts: Record {
        var users: [Account<User>] = []
        var groups: [Account<Group>] = []

        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.list("users", &users)
            try visitor.list("groups", &groups)
        }
    }
}

/// Users or groups of the machine.
protocol AccountKind {
    static var one: String { get }
    /// The number of the account of that name; `nil` where there is none.
    static func number(of name: String) -> UInt32?
}

/// A user or a group, by number or by a name that the machine knows.
struct Account<Kind: AccountKind>: FieldValue {
    let number: UInt32

    static var shape: Shape { .text("\(Kind.one) of this machine, by name or number") }

    init(from source: some ValueSource) throws(Malformed) {
        let named = (try? Text(from: source)).flatMap { Kind.number(of: $0.string) }
        guard let number = named ?? source.integer().flatMap({ UInt32(exactly: $0) }) else {
            throw Malformed(expected: Self.shape.expectation)
        }
        self.number = number
    }

    func write(to sink: inout some ValueSink) { sink.integer(Int64(number)) }
}

enum User: AccountKind {
    static let one = "a user"
    static func number(of name: String) -> UInt32? { unsafe getpwnam(name)?.pointee.pw_uid }
}

enum Group: AccountKind {
    static let one = "a group"
    static func number(of name: String) -> UInt32? { unsafe getgrnam(name)?.pointee.gr_gid }
}

extension Roles {
    /// What members of these groups may do where no configuration says who may; a group that is not there has no members.
    private static let usual: [(group: String, role: Role)] = [
        ("accueil-admins", .admin), ("accueil-operators", .operator), ("accueil", .reader),
    ]

    /// Root and the daemon's own user are administrators whatever is configured: they can change the log and the
    /// configuration anyway.
    init(_ holders: Configuration.Holders?) {
        self.init()
        give(.admin, toUser: 0)
        give(.admin, toUser: geteuid())
        guard let holders else {
            for (name, role) in Self.usual {
                if let group = Group.number(of: name) { give(role, toGroup: group) }
            }
            return
        }
        for (role, accounts) in [
            (Role.admin, holders.admin), (.operator, holders.operator), (.reader, holders.reader),
        ] {
            for user in accounts.users { give(role, toUser: user.number) }
            for group in accounts.groups { give(role, toGroup: group.number) }
        }
    }
}

// MARK: The file

/// The file of the configuration.
struct ConfigurationFile {
    let path: String
    /// It was named: it has to be there.
    let isNamed: Bool

    /// Bytes of the largest file that is read.
    private static let bytesMax = 1 << 20

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What the file says; a configuration without anything where there is no file and none was named.
    func read() throws(Failure) -> Configuration {
        guard let bytes = try bytes() else { return Configuration() }
        // The parser must outlive the value it made.
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        guard let value = parser.parse(bytes.span) else {
            throw Failure(description: "\(path) is not JSON: an object in UTF-8, without comments or trailing commas")
        }
        do throws(Malformed) { return try Configuration(from: value) } catch {
            let place = error.path.isEmpty ? "what it holds" : error.path
            throw Failure(description: "\(path): \(place) must be \(error.expected)")
        }
    }

    private func bytes() throws(Failure) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if file < 0, errno == ENOENT, !isNamed { return nil }
        guard file >= 0 else { throw failure("open") }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax + 1)
        var count = 0
        while count < bytes.count {
            let room = bytes.count - count
            let part = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress! + count, room) }
            if part == 0 { return Array(bytes[..<count]) }
            guard part > 0 else { throw failure("read") }
            count += part
        }
        throw Failure(description: "\(path) is longer than \(Self.bytesMax) bytes")
    }

    private func failure(_ operation: String) -> Failure {
        Failure(description: "cannot \(operation) \(path): \(unsafe String(cString: strerror(errno)))")
    }
}
