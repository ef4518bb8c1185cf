import AccueilClient
import ArgumentParser
import Glibc

/// A verb that records what has no way back: people are asked whether they mean it.
///
/// Only at a terminal. Where there is none, a script has said what it wants, and nobody could answer: it is done, as
/// kubectl does; `--dry-run` shows what it would be.
protocol ConsentingVerb: RecordingVerb {
    var consent: ConsentOptions { get }
    /// `Close the site ney?`; fit to be shown.
    func question(over connection: Connection) async throws -> String
}

struct ConsentOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Do not ask; at a terminal it is asked first.") var yes = false

    /// Whether somebody is there to be asked, and has not answered yet.
    var isAsked: Bool { !yes && isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    static func isGiven(to question: String) -> Bool {
        Output.progress(question + " [y/N] ")
        return ["y", "yes", "o", "oui"].contains(readLine()?.lowercased() ?? "")
    }
}

extension ConsentingVerb {
    func confirm(over connection: Connection) async throws {
        guard consent.isAsked else { return }
        guard ConsentOptions.isGiven(to: try await question(over: connection)) else {
            Output.talk("accueilctl: nothing was recorded")
            throw Exit.error
        }
    }
}
