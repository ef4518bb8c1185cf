import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding
import EventLog
import Glibc
import WireProtocol

/// Verbs that care for the log and prove it. Those on its files need no daemon, but the right to its folder.
struct LogVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "The log: back it up, restore it, prove it.",
        subcommands: [
            BackupVerb.self, RestoreVerb.self, VerifyVerb.self, CheckpointVerb.self, KeyVerb.self, ProofVerbs.self,
            RepairVerb.self,
        ])

    static let folder = "/var/lib/accueil/log"
}

struct BackupVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Bring a copy of the log up to date, also while the daemon runs.",
        discussion: """
            The first time everything is copied, later what is new; it is read back and proven. The copy is a log like \
            the original; «log restore» puts it in the place of one that was lost.
            """)
    @Argument(help: ArgumentHelp("The folder of the copy; made when it is missing.", valueName: "dir"))
    var folder: String
    @Option(help: ArgumentHelp("The folder of the log.", valueName: "dir")) var log = LogVerbs.folder
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard let copy = unsafe realpath(folder, nil), let original = unsafe realpath(log, nil) else { return }
        defer {
            unsafe free(copy)
            unsafe free(original)
        }
        if unsafe strcmp(copy, original) == 0 { throw ValidationError("a log is backed up to another folder") }
    }

    func run() throws {
        let backup: Backup
        do throws(BackupFailure) { backup = try FileLog.backUp(log, to: folder) } catch {
            throw Complaint(error.description, exit: error.exit)
        }
        guard output.format == .table else {
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("log", backup.log.description)
                writer.member("position", Int(backup.checkpoint.position.rawValue))
                writer.member("root", backup.checkpoint.root.description)
                writer.member("before", Int(backup.before.rawValue))
                writer.member("segments_copied", backup.segmentsCopied)
                writer.member("bytes_copied", backup.bytesCopied)
            }
            return Output.json(writer.bytes)
        }
        let terminal = Terminal(1)
        let events = terminal.grouped(Int(backup.checkpoint.position.rawValue))
        let new = terminal.grouped(backup.checkpoint.position.count(after: backup.before))
        Output.data("\(shown(folder)) holds \(events) events, \(new) of them new; root \(backup.checkpoint.root)\n")
    }
}

struct VerifyVerb: Asking {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove every checksum, position and Merkle root of the log; exit status 8 if one is wrong.",
        discussion: """
            Without a folder the daemon reads its log, for administrators. With one, the files are read there: those of a log, \
            also while the daemon runs, or of a copy.
            """)
    @Argument(
        help: ArgumentHelp("The folder of a log or of a copy; the daemon's own log where absent.", valueName: "dir"))
    var folder: String?
    @Option(
        help: ArgumentHelp("A signed checkpoint that was kept: the log must begin as it says.", valueName: "file"))
    var checkpoint: String?
    @Option(help: ArgumentHelp("The key that verifies the checkpoint, as «log key» printed it.", valueName: "key"))
    var key: VerifierKey?
    @OptionGroup var output: OutputOptions
    @OptionGroup var socket: SocketOptions

    func validate() throws {
        guard (checkpoint == nil) == (key == nil) else {
            throw ValidationError("--checkpoint and --key belong together")
        }
        guard checkpoint == nil || folder != nil else {
            throw ValidationError("with --checkpoint the folder is named; «log proof consistency» asks the daemon")
        }
    }

    func run() async throws {
        if let folder { try verify(folder) } else { try await ask() }
    }

    private func ask() async throws {
        let connection = try await socket.connect()
        let result = try await connection.call(VerificationAnswer.method)
        await connection.close()
        let answer = try Connection.read(VerificationAnswer.self, from: result)
        if output.format != .table { Output.json(result) }
        guard answer.sound else {
            throw Complaint(
                answer.damage.map { shown($0.message.string) }.joined(separator: "\n"), exit: .verificationFailed)
        }
        if output.format == .table { show("the log", answer.position, answer.segments, answer.root.string) }
    }

    private func verify(_ folder: String) throws {
        let kept = try checkpoint.map { try KeptCheckpoint($0) }
        if let kept, let key { try kept.check(key) }
        let verification: Verification
        do {
            let (log, recovery) = try FileLog.open(directory: folder, options: FileLog.Options(access: .look))
            if let torn = recovery.torn { Output.talk("accueilctl: " + torn.description) }
            verification = try log.verify { _ in true }
            if !verification.damage.isEmpty {
                throw Complaint(
                    verification.damage.map { shown($0.description) }.joined(separator: "\n"), exit: .verificationFailed
                )
            }
            if let kept { try check(log, kept) }
        } catch let failure as LogOpenFailure {
            throw Complaint(failure.description, exit: failure.exit)
        } catch let failure as ReadFailure { throw Complaint(failure.description, exit: failure.exit) }
        let (position, root) = (
            Int(verification.checkpoint.position.rawValue), verification.checkpoint.root.description
        )
        guard output.format == .table else {
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("position", position)
                writer.member("root", root)
                writer.member("segments", verification.segments)
            }
            return Output.json(writer.bytes)
        }
        show(shown(folder), position, verification.segments, root)
    }

    /// Throws unless the log begins as the checkpoint says.
    private func check(_ log: FileLog, _ kept: KeptCheckpoint) throws {
        guard kept.origin == log.identity.origin else {
            throw Complaint(
                "\(shown(kept.path)) is of another log, \(shown(kept.origin))", exit: .verificationFailed)
        }
        let position = kept.checkpoint.position
        guard position <= log.durable else {
            throw Complaint(
                "\(shown(kept.path)) is of \(position) events, and here are \(log.durable)", exit: .verificationFailed)
        }
        guard try log.checkpoint(at: position) == kept.checkpoint else {
            throw Complaint(
                "the log does not begin as \(shown(kept.path)) says: something before event \(position) was changed",
                exit: .verificationFailed)
        }
    }

    private func show(_ what: String, _ position: Int, _ segments: Int, _ root: String) {
        let terminal = Terminal(1)
        Output.data(
            "\(what) is sound: \(terminal.grouped(position)) events in \(terminal.grouped(segments)) "
                + (segments == 1 ? "segment, " : "segments, ")
                + "root \(shown(root))\n")
    }
}

struct RestoreVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup in the place of a log that is not there any more.",
        discussion: """
            The backup is proven, copied and proven again, and only then gets its place, as a whole. Nothing is written over: \
            what stands there is moved away first, by you. Stop accueild.socket and accueild.service before. As root, the \
            files are given to whom the folder above belongs to.
            """)
    @Argument(help: ArgumentHelp("The folder of the backup.", valueName: "backup")) var backup: String
    @Argument(help: ArgumentHelp("The folder of the log.", valueName: "dir")) var folder = LogVerbs.folder
    @OptionGroup var output: OutputOptions

    func run() throws {
        let head: Checkpoint
        do throws(RestoreFailure) { head = try FileLog.restore(backup, to: folder) } catch {
            throw Complaint(error.description, exit: error.exit)
        }
        guard output.format == .table else {
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("position", Int(head.position.rawValue))
                writer.member("root", head.root.description)
            }
            return Output.json(writer.bytes)
        }
        let events = Terminal(1).grouped(Int(head.position.rawValue))
        Output.data("\(shown(folder)) holds \(events) events again; root \(head.root)\n")
    }
}

struct RepairVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Let a damaged log go on from what lies before the damage; what lies behind is moved aside.",
        discussion: """
            A backup that holds more is the better way: «log restore». Nothing is deleted: the damaged segment, as it was, \
            and those behind it go into the folder damaged-TIME within the log's. At a terminal it is asked first. Stop \
            accueild.socket and accueild.service before, and run it as the user accueil or root.
            """)
    @Argument(help: ArgumentHelp("The folder of the log.", valueName: "dir")) var folder: String
    @Flag(help: "Only say what would be done.") var dryRun = false
    @OptionGroup var consent: ConsentOptions

    func run() throws {
        let now = TimeText.now().microseconds
        // 20261125T044501Z
        let time = "\(Timestamp(microseconds: now - now % 1_000_000))".filter { $0 != "-" && $0 != ":" }
        do {
            guard let repair = try Repair.plan(folder) else {
                return Output.data("\(shown(folder)) is sound: nothing is to be repaired\n")
            }
            Output.talk(Self.told(repair, at: time))
            if dryRun { return Output.data("nothing was changed\n") }
            guard !consent.isAsked || ConsentOptions.isGiven(to: "Move these aside?") else {
                Output.talk("accueilctl: nothing was changed")
                throw Exit.error
            }
            try repair.carryOut(at: time)
            let events = Terminal(1).grouped(Int(repair.kept.position.rawValue))
            Output.data(
                "\(shown(folder)) is sound: \(events) events, root \(repair.kept.root); "
                    + "the rest is in \(shown(repair.aside(at: time)))\n")
        } catch let failure as RepairFailure {
            throw Complaint(failure.description, exit: failure.exit)
        }
    }

    /// What is damaged, what is moved, and what that costs.
    private static func told(_ repair: Repair, at time: String) -> String {
        var lines = repair.damage.map { "damaged: \($0)" }
        let aside = repair.aside(at: time)
        if let cut = repair.cut {
            lines.append("to be cut at byte \(cut.byteOffset), its whole copied to \(aside): \(cut.file)")
        }
        lines += repair.moved.map { "to be moved to \(aside): \($0)" }
        let kept = repair.kept.position
        lines.append(
            repair.last > kept
                ? "events \(kept.next) to \(repair.last) will not be in the log any more; the next event gets position \(kept.next)"
                : "no event is lost to the log; it goes on with position \(kept.next)")
        return lines.joined(separator: "\n")
    }
}

extension BackupFailure {
    fileprivate var exit: Exit {
        switch self {
        case .log(let failure), .copy(let failure): failure.exit
        case .unreadable(let failure): failure.exit
        case .disk(let failure): failure.exit
        case .damagedLog, .damagedCopy, .otherLog, .diverged: .verificationFailed
        }
    }
}

extension LogOpenFailure {
    fileprivate var exit: Exit {
        switch self {
        case .noLog: .notFound
        case .damaged: .verificationFailed
        case .disk(let failure): failure.exit
        case .locked, .otherFormat: .error
        }
    }
}

extension ReadFailure {
    fileprivate var exit: Exit {
        switch self {
        case .damaged: .verificationFailed
        case .failed, .ended: .error
        }
    }
}

extension RestoreFailure {
    fileprivate var exit: Exit {
        switch self {
        case .backup(let failure): failure.exit
        case .damagedBackup: .verificationFailed
        case .locked, .occupied: .refused
        case .copying(let failure): failure.exit
        case .unreadable(let failure): failure.exit
        case .disk(let failure): failure.exit
        }
    }
}

extension RepairFailure {
    fileprivate var exit: Exit {
        switch self {
        case .log(.locked): .refused
        case .log(let failure): failure.exit
        case .unreadable(let failure): failure.exit
        case .nothingSound: .verificationFailed
        case .changed: .refused
        case .disk(let failure): failure.exit
        }
    }
}

extension DiskError {
    fileprivate var exit: Exit {
        switch code {
        case EACCES, EPERM: .noPermission
        case ENOENT: .notFound
        default: .error
        }
    }
}
