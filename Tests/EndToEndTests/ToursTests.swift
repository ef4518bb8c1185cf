import Foundation
import Testing

/// The README's commands, taken from the README and run as somebody would who pastes them.
///
/// A command is a line that is indented by four spaces, and the lines below it that are indented by more. Behind it,
/// `# … exit status N` says how it ends where that is not 0. A line `# …` below it is a line of its answer: spaces of any
/// number and kind are one, and `…` stands for whatever is there. What a command says on standard error must all be
/// shown so. What stands between ``` is no command.
@Suite struct ToursTests {
    /// What is not run, and why.
    private static let notRun = [
        "Deploy/try": "it takes minutes, and what it does is what the tests do: a daemon that is told the example",
        "Tests/run": "it runs this",
        #"eval "$(Deploy/try env)""#: "it sets two variables, as the tests do for daemons of their own",
        "Deploy/package": "Tests/run builds the package before it runs the tests",
    ]
    private static let changing = "For those who change it"

    /// The operators', the scripts' and the coordinator's, each by itself behind the two minutes, and then one after
    /// the other.
    @Test(arguments: [
        ["For operators"], ["For scripts"], ["For the coordinator"],
        ["For operators", "For scripts", "For the coordinator"],
    ])
    func `a tour goes as the README tells it`(tours: [String]) throws {
        let daemon = try Daemon.start(["--time-zone", "Europe/Paris", "--source", "urn:accueil:paris"])
        _ = try Example.paris.tell(try daemon.connect())
        let programs = Daemon.program("accueilctl").deletingLastPathComponent().path
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let answers = try Tour(["Two minutes"] + tours, except: Self.notRun.keys).run { script in
            try Program.run(
                program: URL(filePath: "/bin/bash"), ["-c", "cd \(Example.repository.path)\n" + script],
                environment: [
                    "ACCUEIL_SOCKET": daemon.socketPath, "PATH": "\(programs):\(path)", "TMPDIR": daemon.folder.path,
                    "TZ": "Europe/Paris", "LC_ALL": "C.UTF-8",
                ])
        }
        for answer in answers { answer.check() }
        #expect(daemon.stop() == 0)
    }

    /// On a Debian 12 of its own, from the installation to the purge.
    @Test(.enabled(if: Lab.obstacle == nil, "\(Lab.obstacle ?? "")"))
    func `the administrators' tour goes as the README tells it`() throws {
        let lab = try Lab(installs: false)
        try lab.sh(
            """
            useradd lea; useradd amel; mkdir -p .build/package; cp /mnt/1.deb .build/package/accueil_1_any.deb
            echo 'Defaults env_keep += DEBIAN_FRONTEND' >/etc/sudoers.d/nobody-is-at-a-terminal
            """)
        let answers = try Tour(["For administrators"], except: Self.notRun.keys).run { try lab.enter($0) }
        for answer in answers { answer.check() }
    }

    @Test func `there is no command that is not run, but those that are named here`() throws {
        let tours = ["Two minutes", "For operators", "For scripts", "For the coordinator", "For administrators"]
        let sections = try Tour.sections()
        for tour in tours { #expect(try !#require(sections[tour], "\(tour)").isEmpty) }
        var left = Set(Self.notRun.keys)
        for (section, commands) in sections where section != Self.changing {
            for command in commands {
                let isNamed = left.remove(command.words) != nil || Self.notRun[command.words] != nil
                #expect(isNamed || tours.contains(section), "\(section): \(command.words)")
            }
        }
        #expect(left.isEmpty, "not in the README: \(left)")
    }

    @Test func `a line of the README fits a terminal`() throws {
        for (index, line) in try Tour.readme().enumerated() {
            #expect(line.count <= 125, "line \(index + 1)")
        }
    }
}

/// Commands of the README, in their order.
private struct Tour {
    struct Command {
        var line: Int
        /// As it is pasted, without what is said behind it.
        var words: String
        var text: String
        var status: Int32 = 0
        var shown: [String] = []
    }

    /// What a command did.
    struct Answer {
        let command: Command
        let status: Int32
        let output: String
        let error: String

        func check() {
            let place = "README.md:\(command.line): \(command.text)"
            let told = (output + error).prefix(2000)
            #expect(status == command.status, "\(place)\n\(told)")
            let shown = command.shown.map(Pattern.init)
            let (said, complained) = (Self.lines(output), Self.lines(error))
            for pattern in shown {
                let isThere = (said + complained).contains(where: pattern.fits)
                #expect(isThere, "\(place)\nshows «\(pattern.text)»\n\(told)")
            }
            for line in complained { #expect(shown.contains { $0.fits(line) }, "\(place)\nsays «\(line)»") }
        }

        private static func lines(_ text: String) -> [String] {
            text.split(whereSeparator: \.isNewline).map { plain(String($0)) }.filter { !$0.isEmpty }
        }
    }

    /// A line with `…` in it.
    private struct Pattern {
        let text: String

        init(_ text: String) { self.text = plain(text) }

        func fits(_ line: String) -> Bool {
            let parts = text.split(separator: "…", omittingEmptySubsequences: false).map(String.init)
            guard let first = parts.first, let last = parts.last, parts.count > 1 else { return line == text }
            guard line.hasPrefix(first) else { return false }
            var rest = line.dropFirst(first.count)
            for part in parts.dropFirst().dropLast() {
                guard let range = rest.range(of: part) else { return false }
                rest = rest[range.upperBound...]
            }
            return rest.hasSuffix(last)
        }
    }

    let commands: [Command]

    init(_ sections: [String], except: some Sequence<String>) throws {
        let (all, except) = (try Self.sections(), Set(except))
        commands = try sections.flatMap { try #require(all[$0], "the README has no section «\($0)»") }
            .filter { !except.contains($0.words) }
    }

    /// Runs them in one shell, by means of `bash`, up to one that ends otherwise than it should.
    func run(_ bash: (String) throws -> Ended) throws -> [Answer] {
        // What each command did stands in files of its own; they come back in one stream, each between two marks.
        var script = "exec 8>&1 9>&2; set -o pipefail; tour=$(mktemp -d); trap 'rm -r \"$tour\"' EXIT\n"
        for command in commands {
            script += """
                {
                \(command.text)
                } >"$tour/output" 2>"$tour/error" </dev/null
                tour_status=$?
                printf '\\036%s\\037' "$tour_status" >&8; cat "$tour/output" >&8; printf '\\037' >&8; cat "$tour/error" >&8
                [ $tour_status -eq \(command.status) ] || exit 0

                """
        }
        let ended = try bash(script)
        try #require(ended.status == 0 && ended.error == "", "\(ended.status): \(ended.error)")
        let answers = ended.output.split(separator: "\u{1E}").map {
            $0.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
        }
        for parts in answers { try #require(parts.count == 3) }
        let done = zip(commands, answers).map { command, parts in
            Answer(command: command, status: Int32(parts[0]) ?? -1, output: parts[1], error: parts[2])
        }
        #expect(done.count == commands.count || done.last?.status != done.last?.command.status)
        return done
    }

    static func readme() throws -> [String] {
        try String(contentsOf: Example.repository.appending(path: "README.md"), encoding: .utf8)
            .components(separatedBy: "\n")
    }

    /// The commands under each heading.
    static func sections() throws -> [String: [Command]] {
        var (sections, section, isFenced): ([String: [Command]], String, Bool) = ([:], "", false)
        for (index, line) in try readme().enumerated() {
            if line.hasPrefix("```") { isFenced.toggle() }
            guard !isFenced else { continue }
            if line.hasPrefix("#") { section = String(line.drop { $0 == "#" }.dropFirst()) }
            guard line.hasPrefix("    ") else { continue }
            let text = String(line.dropFirst(4))
            var commands = sections[section] ?? []
            let last = commands.indices.last
            if text.hasPrefix("# ") {
                let last = try #require(last, "README.md:\(index + 1): nothing was asked")
                commands[last].shown.append(String(text.dropFirst(2)))
            } else if text.hasPrefix(" "), let last {
                commands[last].add(text)
            } else {
                var command = Command(line: index + 1, words: "", text: "")
                command.add(text)
                commands.append(command)
            }
            sections[section] = commands
        }
        return sections
    }
}

extension Tour.Command {
    /// One more line of it.
    fileprivate mutating func add(_ line: String) {
        text += (text.isEmpty ? "" : "\n") + line
        let parts = line.split(separator: "  # ", maxSplits: 1)
        words += (words.isEmpty ? "" : "\n") + plain(String(parts[0]))
        if parts.count > 1, let told = parts[1].firstMatch(of: /exit status ([0-9]+)/) { status = Int32(told.1) ?? -1 }
    }
}

/// Each run of spaces, of whatever kind, is one space; none at the ends.
private func plain(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
