import ArgumentParser
import EventCoding
import EventLog
import Glibc

/// Verbs on the log's files: they need no daemon, but the right to read its folder.
struct LogVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "The log's files: back them up, prove them.",
        subcommands: [BackupVerb.self, VerifyVerb.self])

    static let folder = "/var/lib/accueil/log"
}

struct BackupVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Bring a copy of the log up to date, also while the daemon runs.",
        discussion: """
            The first time everything is copied, later what is new; it is read back and proven. The copy is a log like \
            the original: to restore it, stop the daemon and put the folder in the place of its log.
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
            }
            return Output.json(writer.bytes)
        }
        let terminal = Terminal(1)
        let events = terminal.grouped(Int(backup.checkpoint.position.rawValue))
        let new = terminal.grouped(backup.checkpoint.position.count(after: backup.before))
        Output.data("\(shown(folder)) holds \(events) events, \(new) of them new; root \(backup.checkpoint.root)\n")
    }
}

struct VerifyVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove every checksum, position and Merkle root of a log or of a copy; exit status 8 if one is wrong."
    )
    @Argument(help: ArgumentHelp("The folder of the log.", valueName: "dir")) var folder = LogVerbs.folder
    @OptionGroup var output: OutputOptions

    func run() throws {
        let head: Checkpoint
        do {
            let (log, recovery) = try FileLog.open(directory: folder, options: FileLog.Options(access: .look))
            if let torn = recovery.torn { Output.talk("accueilctl: " + shown(torn.description)) }
            head = try log.verify { _ in }
        } catch {
            throw Complaint(
                "\(error)", exit: (error as? LogOpenFailure)?.exit ?? (error as? ReadFailure)?.exit ?? .error)
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
        Output.data("\(shown(folder)) is sound: \(events) events, root \(head.root)\n")
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
        case .failed: .error
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
