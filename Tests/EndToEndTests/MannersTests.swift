import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// How `accueilctl` behaves towards people at a terminal and towards scripts.
@Suite struct MannersTests {
    private let daemon: Daemon

    init() throws { daemon = try Daemon.start() }

    private func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Ended {
        try Program.run(arguments, socket: daemon.socketPath, environment: environment)
    }

    /// Runs a command of bash, in which `$0` is the program.
    private func shell(_ command: String) throws -> Ended {
        try Program.run(
            program: URL(filePath: "/bin/bash"), ["-c", command, Daemon.program("accueilctl").path],
            environment: ["ACCUEIL_SOCKET": daemon.socketPath])
    }

    /// Runs the program at a terminal, types `input`, and tells what the terminal showed.
    private func atTerminal(
        _ arguments: String, typing input: String = "", environment: [String: String] = [:]
    ) throws -> Ended {
        try Program.run(
            program: URL(filePath: "/usr/bin/script"),
            ["-qec", "'\(Daemon.program("accueilctl").path)' \(arguments)", "/dev/null"], input: input,
            environment: ["ACCUEIL_SOCKET": daemon.socketPath, "TERM": "xterm", "NO_COLOR": ""]
                .merging(environment) { $1 })
    }

    private func recorded(_ arguments: String...) throws {
        let ended = try Program.run(arguments, socket: daemon.socketPath)
        try #require(ended.status == 0, "\(arguments): \(ended.error)")
    }

    private func openSites() throws {
        try recorded("site", "open", "chu-ivry", "--kind", "CHU", "--time", "2017-01-19")
        try recorded("site", "open", "cpa-ney", "--kind", "CPA", "--time", "2016-11-10")
        try recorded("donation", "fund-open", "fondation-abbe")
    }

    private func head() throws -> Int { try #require(try daemon.connect().result("server.status")["head"] as? Int) }

    // MARK: The terminal

    @Test func `colours are for terminals that want them`() throws {
        try openSites()
        let escape = "\u{1B}["
        #expect(try atTerminal("occupancy").output.contains(escape + "1m"))
        #expect(!(try atTerminal("occupancy", environment: ["NO_COLOR": "1"]).output.contains(escape)))
        #expect(!(try atTerminal("occupancy", environment: ["TERM": "dumb"]).output.contains(escape)))
        #expect(!(try run("occupancy", environment: ["TERM": "xterm"]).output.contains(escape)))
        #expect(try atTerminal("events").output.contains(escape + "1msite.opened"))
    }

    @Test func `an argument that is shown again is written out`() throws {
        let ended = try run("pla\u{1B}[31mcement")
        #expect(ended.status == 2)
        #expect(ended.error.contains(#"pla\u{1b}[31mcement"#))
        #expect(!ended.error.contains("\u{1B}"))
    }

    @Test func `JSON on a terminal has its direction characters escaped, in a file as they came`() throws {
        try recorded("site", "open", "s-1", "--kind", "CHU", "--name", "a\u{202E}b")
        #expect(try run("occupancy", "-o", "json").output.contains("a\u{202E}b"))
        #expect(try atTerminal("occupancy -o json").output.contains(#"a\u202eb"#))
    }

    // MARK: Asking first

    @Test func `what has no way back is asked first, at a terminal only`() throws {
        try openSites()
        let refused = try atTerminal("void 1 --reason error", typing: "n\n")
        #expect(refused.status == 1)
        #expect(refused.output.contains("site/chu-ivry"))
        #expect(refused.output.contains("Did this never happen? [y/N]"))
        #expect(refused.output.contains("nothing was recorded"))
        #expect(try atTerminal("site close chu-ivry", typing: "\u{4}").status == 1)
        #expect(try head() == 3)
        let closed = try atTerminal("site close chu-ivry", typing: "y\n")
        #expect(closed.status == 0)
        #expect(closed.output.contains("Close the site chu-ivry? [y/N]"))
        #expect(closed.output.contains("recorded #4 site.closed"))
        let given = try atTerminal("site close cpa-ney --yes")
        #expect(given.status == 0)
        #expect(!given.output.contains("[y/N]"))
        #expect(try run("donation", "fund-close", "fondation-abbe").status == 0, "nobody is there to be asked")
        #expect(try head() == 6)
    }

    @Test func `a correction shows what it would change before it asks`() throws {
        try recorded("operation", "plan", "op-1", "--kind", "outreach", "--arrondissement", "18")
        let shown = try atTerminal("correct 1 arrondissement=19 --reason other", typing: "y\n")
        #expect(shown.output.contains("arrondissement=18"))
        #expect(shown.output.contains("Put it right: arrondissement=19? [y/N]"))
        #expect(shown.output.contains("recorded #2 event.corrected"))
    }

    // MARK: Trying

    @Test func `a dry run decides, shows and writes nothing`() throws {
        try openSites()
        let tried = try run(
            "placement", "start", "p-1", "--site", "cpa-ney", "--audience", "single_men", "--dry-run")
        #expect(tried.status == 0)
        #expect(tried.output.hasPrefix("would record placement.started placement/p-1"))
        let json = try run("site", "close", "cpa-ney", "--dry-run", "-o", "json")
        #expect(json.output.contains(#""dry_run":true"#))
        #expect(try run("site", "close", "nowhere", "--dry-run").status == 6)
        #expect(try run("void", "1", "--reason", "error", "--dry-run").output.contains("would record event.voided"))
        #expect(!(try atTerminal("site close cpa-ney --dry-run").output.contains("[y/N]")))
        #expect(try head() == 3)
    }

    // MARK: Mistyped

    @Test(arguments: [
        (["placment", "start"], "accueilctl placement"), (["placement", "strat"], "accueilctl placement start"),
        (["--timeout", "3", "site", "opne"], "accueilctl site open"), (["start", "p-1"], "accueilctl placement start"),
        (["flows", "--by", "moth"], "month"),
        (["placement", "start", "p", "--site", "s", "--audience", "single_man"], "single_men"),
        (["site", "open", "s", "--kind", "MNA"], "MNA_SHELTER, MNA_TEMPORARY"),
    ]) func `a mistyped verb or value is answered with the nearest`(arguments: [String], meant: String) throws {
        let ended = try Program.run(arguments, socket: daemon.socketPath)
        #expect(ended.status == 2)
        #expect(ended.error.contains("Did you mean \(meant)?"), "\(ended.error)")
    }

    @Test func `a mistyped id is answered with those that the register knows`() throws {
        try openSites()
        let site = try run("placement", "start", "p-1", "--site", "ivry", "--audience", "single_men")
        #expect(site.status == 6)
        #expect(site.error.contains("Did you mean chu-ivry?"), "\(site.error)")
        let swapped = try run("occupancy", "--site", "cpa-nye")
        #expect(swapped.status == 4)
        #expect(swapped.error.contains("Did you mean cpa-ney?"), "\(swapped.error)")
        #expect(try run("donation", "fund-close", "fondation-abe").error.contains("Did you mean fondation-abbe?"))
        let subject = try run("history", "site/chu-ivri")
        #expect(subject.status == 4)
        #expect(subject.error.contains("Did you mean site/chu-ivry?"), "\(subject.error)")
        #expect(!(try run("history", "site/something-else").error.contains("Did you mean")))
        let json = try run("history", "site/chu-ivri", "-o", "json")
        let error = try #require(try JSONSerialization.jsonObject(with: Data(json.error.utf8)) as? [String: Any])
        #expect(error["did_you_mean"] as? [String] == ["site/chu-ivry"])
    }

    // MARK: Forms

    @Test(arguments: ["json", "jsonl"])
    func `those who ask for JSON are told in JSON what is wrong with their words`(form: String) throws {
        for arguments in [
            ["occupancy", "-o", form, "--kind", "CHX"], ["--output=\(form)", "occupancy", "--sit", "x"],
        ] {
            let ended = try Program.run(arguments, socket: daemon.socketPath)
            #expect(ended.status == 2)
            #expect(ended.output == "")
            let told = try JSONSerialization.jsonObject(with: Data(ended.error.utf8)) as? [String: Any]
            let data = (told?["error"] as? [String: Any])?["data"] as? [String: Any]
            #expect(data?["type"] as? String == "usage", "\(ended.error)")
        }
    }

    @Test func `rows and events come one by one as lines of JSON`() throws {
        try openSites()
        let rows = try run("occupancy", "-o", "jsonl").lines
        #expect(rows.count == 2)
        #expect(rows.first?.hasPrefix(#"{"site":"#) ?? false)
        #expect(try run("occupancy", "--from", "2017-01-01", "--to", "2017-01-03", "-o", "jsonl").lines.count == 3)
        #expect(try run("donations", "-o", "jsonl").lines.count == 1)
        #expect(try run("flows", "-o", "jsonl").output == run("flows", "-o", "json").output, "figures without rows")
        let stored = try run("events", "-o", "cloudevents")
        #expect(stored.lines.count == 3)
        #expect(stored.lines.allSatisfy { $0.hasPrefix(#"{"specversion":"1.0""#) })
        #expect(try run("events", "tail", "-o", "json") == stored)
        #expect(try run("events", "-o", "jsonl") == stored)
        #expect(try run("history", "site/chu-ivry", "-o", "cloudevents").lines == [stored.lines[0]])
        let recorded = try run("site", "close", "cpa-ney", "-o", "jsonl")
        #expect(recorded.lines == [#"{"sequence":4,"type":"site.closed","subject":"site/cpa-ney","anomalies":[]}"#])
        #expect(try run("site", "close", "chu-ivry", "-o", "table").status == 2)
    }

    // MARK: Cursors

    private func sequences(_ output: String) throws -> [Int] {
        try output.split(separator: "\n").map { line in
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try #require((event?["sequence"] as? String).flatMap { Int($0) })
        }
    }

    @Test func `a reader with a cursor file is shown every event once, run after run`() throws {
        let file = daemon.folder.appending(path: "seen").path
        func next() throws -> [Int] {
            let ended = try run("events", "--cursor-file", file, "-o", "json")
            try #require(ended.status == 0, "\(ended.error)")
            return try sequences(ended.output)
        }
        try openSites()
        #expect(try next() == [1, 2, 3])
        #expect(try next() == [])
        try recorded("site", "close", "chu-ivry")
        #expect(try next() == [4])
        // What does not pass the filter has been seen as well.
        try recorded("site", "close", "cpa-ney")
        #expect(try run("events", "--cursor-file", file, "--type", "operation.").output == "")
        #expect(try next() == [])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: daemon.folder.path).allSatisfy { !$0.contains("draft") }
        )
    }

    @Test func `a cursor can be shown and given, and belongs to its log`() throws {
        try openSites()
        let shown = try run("events", "-n", "1", "--show-cursor", "-o", "json")
        #expect(try sequences(shown.output) == [3])
        let cursor = try #require(shown.error.split(separator: "\n").first?.dropFirst("cursor: ".count))
        #expect(cursor.hasPrefix("log="))
        #expect(cursor.hasSuffix(";sequence=3"))
        #expect(try run("events", "--after-cursor", String(cursor)).output == "")
        #expect(try sequences(run("events", "--after-cursor", "#1", "-o", "json").output) == [2, 3])
        let other = try run("events", "--after-cursor", "log=0f8fad5b-d9cb-469f-a165-70867728950e;sequence=1")
        #expect(other.status == 2)
        #expect(other.error.contains("another log"))
        #expect(try run("events", "--after-cursor", "9").status != 0, "beyond the log")
        #expect(try run("events", "--after-cursor", "1", "-n", "3").status == 2)
        let file = daemon.folder.appending(path: "letter")
        try Data("Dear all,\n".utf8).write(to: file)
        #expect(try run("events", "--cursor-file", file.path).status == 2)
        #expect(try String(contentsOf: file, encoding: .utf8) == "Dear all,\n")
    }

    @Test func `a follower that is killed goes on behind its cursor`() throws {
        let file = daemon.folder.appending(path: "seen")
        func follow(_ plans: ClosedRange<Int>) throws -> [Int] {
            let tail = try RunningProgram(
                ["events", "-f", "--cursor-file", file.path, "-o", "json"], socket: daemon.socketPath)
            let client = try daemon.connect()
            for plan in plans { try client.record("operation.plan", ["operation": "op-\(plan)", "kind": "outreach"]) }
            let seen = try plans.map { _ in try tail.sequence() }
            let isKept = try poll {
                (try? String(contentsOf: file, encoding: .utf8))?.hasSuffix(";sequence=\(plans.upperBound)\n") ?? false
            }
            #expect(isKept, "the cursor is kept while following")
            kill(tail.process.processIdentifier, SIGKILL)
            return seen
        }
        #expect(try follow(1...40) == Array(1...40))
        #expect(try follow(41...60) == Array(41...60))
    }

    /// Asks again and again, for a minute at most.
    private func poll(_ condition: () throws -> Bool) throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if try condition() { return true }
            usleep(20_000)
        }
        return false
    }

    // MARK: Statuses

    @Test func `the status says what happened even where nobody listens`() throws {
        #expect(try shell(#""$0" history site/nowhere 2>/dev/full"#).status == 4)
        let full = try shell(#""$0" status >/dev/full"#)
        #expect(full.status == 1)
        #expect(full.error.contains("cannot be written"))
    }

    @Test func `no answer in time exits with 9, and a command's id is told`() throws {
        let path = daemon.folder.appending(path: "mute").path
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(listener) }
        try #require(withUnixAddress(path) { bind(listener, $0, $1) } == 0 && listen(listener, 5) == 0)
        #expect(try Program.run(["status", "--timeout", "1"], socket: path).status == 9)
        let close = ["site", "close", "ney", "--timeout", "1", "--command-id", "c-1", "--time", "2016-11-10"]
        let told = try Program.run(close, socket: path)
        #expect(told.status == 9)
        #expect(told.error.contains("--command-id c-1 --time '2016-11-10'"))
        let json = try Program.run(close + ["-o", "json"], socket: path)
        let error = try JSONSerialization.jsonObject(with: Data(json.error.utf8)) as? [String: Any]
        #expect(error?["command_id"] as? String == "c-1")
        let dryRun = try Program.run(close + ["--dry-run"], socket: path)
        #expect(!dryRun.error.contains("not known"), "nothing can have been recorded")
    }

    @Test func `a daemon that falls before it answers leaves a question with 3 and a command with 7`() throws {
        let path = daemon.folder.appending(path: "falls").path
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(listener) }
        try #require(withUnixAddress(path) { bind(listener, $0, $1) } == 0 && listen(listener, 5) == 0)
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                _ = recv(connection, &byte, 1, 0)
                close(connection)
            }
        }
        #expect(try Program.run(["occupancy"], socket: path).status == 3)
        #expect(try Program.run(["rpc", "query.flows"], socket: path).status == 3)
        #expect(try Program.run(["rpc", "site.close", #"{"site":"ney"}"#], socket: path).status == 7)
        let command = try Program.run(["site", "close", "ney"], socket: path)
        #expect(command.status == 7)
        #expect(command.error.contains("--command-id ctl-"))
        shutdown(listener, Int32(SHUT_RDWR))
    }

    // MARK: Completion

    /// The words after which the last is to be completed, as bash's function for the program completes them.
    private func completed(_ words: String...) throws -> [String] {
        let quoted = (["accueilctl"] + words).map { "'\($0)'" }.joined(separator: " ")
        let folder = Daemon.program("accueilctl").deletingLastPathComponent().path
        return try shell(
            """
            export PATH='\(folder)':$PATH
            . <("$0" completion bash)
            COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count); COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
            _accueilctl accueilctl '\(words.last ?? "")' '\(words.dropLast().last ?? "accueilctl")'
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        ).lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    @Test func `bash completes verbs, codes, and ids that the daemon knows`() throws {
        try openSites()
        #expect(try completed("plac").contains("placement"))
        #expect(
            try completed("placement", "start", "p-1", "--audience", "single_").sorted() == [
                "single_men", "single_women",
            ])
        #expect(try completed("placement", "start", "p-1", "--site", "").sorted() == ["chu-ivry", "cpa-ney"])
        #expect(try completed("donation", "fund-close", "fon") == ["fondation-abbe"])
        #expect(try completed("history", "site/c").sorted() == ["site/chu-ivry", "site/cpa-ney"])
        let none = try Program.run(
            ["---completion", "site", "close", "--", "positional@0", "0", "0"], socket: daemon.socketPath + "-none")
        #expect(none.output.trimmingCharacters(in: .whitespacesAndNewlines) == "")
    }

    @Test func `zsh and fish take their completions`() throws {
        try openSites()
        let folder = Daemon.program("accueilctl").deletingLastPathComponent().path
        let zsh = try shell(#""$0" completion zsh > \#(daemon.folder.path)/z && zsh -n \#(daemon.folder.path)/z"#)
        #expect(zsh.status == 0, "\(zsh.error)")
        // fish completes only for somebody who types.
        let tmux = "tmux -S '\(daemon.folder.path)/t' -f /dev/null"
        let started = try shell(
            """
            "$0" completion fish > '\(daemon.folder.path)/f'
            (
                # The server outlives this; whatever else it held open would be waited for.
                for held in /proc/self/fd/*; do [ "${held##*/}" -le 2 ] || eval "exec ${held##*/}>&-"; done
                PATH='\(folder)':$PATH HOME='\(daemon.folder.path)' \(tmux) new-session -d -x 100 -y 20 \
                    "fish --private --init-command 'source \(daemon.folder.path)/f'"
            )
            \(tmux) send-keys -l 'accueilctl site close '
            """)
        #expect(started.status == 0, "\(started.error)")
        let isCompleted = try poll {
            let shown = try shell("\(tmux) send-keys Tab; \(tmux) capture-pane -p").output
            return shown.contains("chu-ivry") && shown.contains("cpa-ney")
        }
        #expect(isCompleted)
        _ = try shell("\(tmux) kill-server")
    }
}
