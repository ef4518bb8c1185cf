import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding
import WireProtocol

/// Why what was asked was not done: told as a sentence, or as JSON to those who asked for JSON, and as an exit status.
struct Complaint: Error {
    let exit: Exit
    /// The daemon's own error; `nil` where it is ours.
    private let failure: Failure?
    /// One word for programs, as in `data.type` of the daemon's errors.
    private var type: String
    private let message: String
    /// What stands under the sentence: how the verb is used, or what to do now.
    private var advice = ""
    private var suggestions: [String] = []
    /// The id under which the command can be said again.
    private var commandID: Identifier?

    /// An answer that did not come, or says no. `suggestions` are what may have been meant.
    init(_ failure: ClientFailure, exit: Exit? = nil, suggestions: [String] = []) {
        self.exit = exit ?? Exit(failure)
        type = failure.type
        self.suggestions = suggestions
        if case .failed(let answer) = failure {
            self.failure = answer
            message = answer.told
        } else {
            self.failure = nil
            message = failure.message
        }
    }

    /// What a verb finds wrong by itself.
    init(_ message: String, exit: Exit) {
        (failure, self.message, self.exit, type) = (nil, message, exit, exit.word)
    }

    /// A command of which nobody knows whether it was recorded.
    init(_ unsettled: Unsettled) {
        self.init(unsettled.failure, exit: unsettled.exit)
        if case .connectionLost = unsettled.failure { type = unsettled.exit.word }
        advice = unsettled.advice
        commandID = unsettled.commandID
    }

    /// Arguments that cannot be read, or a sentence that a verb ends with. `nil` where nothing is wrong: help was asked for.
    init?(_ error: any Error, arguments: [String]) {
        let parserExit = Accueilctl.exitCode(for: error)
        guard parserExit != .success else { return nil }
        failure = nil
        message = Accueilctl.message(for: error)
        guard parserExit == .validationFailure else {
            (exit, type) = (.error, Exit.error.word)
            return
        }
        (exit, type) = (.usage, Exit.usage.word)
        // The parser's text is its word for an error, the message, and the usage.
        let text = Accueilctl.fullMessage(for: error)
        if let end = text.firstRange(of: message)?.upperBound { advice = String(text[end...].drop { $0 == "\n" }) }
        let verbs = Suggestions.verbs(for: arguments)
        suggestions = verbs.isEmpty ? Suggestions.values(for: message) : verbs
    }

    func tell(asJSON: Bool) {
        guard !asJSON else { return Output.json(json, to: 2) }
        var sentence = "accueilctl: " + message
        if !suggestions.isEmpty {
            // A full stop where the sentence has none and stands on one line.
            sentence += message.contains("\n") ? "\n" : message.hasSuffix(".") ? " " : ". "
            sentence += "Did you mean \(suggestions.joined(separator: ", "))?"
        }
        Output.talk(advice.isEmpty ? sentence : sentence + "\n" + advice)
    }

    /// `{"error":{"code"?,"message","data":{"type",…}},"did_you_mean"?,"command_id"?}`
    private var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("error") { writer in
                if let failure {
                    failure.write(to: &writer)
                } else {
                    writer.object { writer in
                        writer.member("message", message)
                        writer.member("data") { $0.object { $0.member("type", type) } }
                    }
                }
            }
            if let commandID { writer.member("command_id", commandID) }
            if !suggestions.isEmpty {
                writer.member("did_you_mean") { $0.elements(suggestions.compactMap { Text($0) }) }
            }
        }
        return writer.bytes
    }
}

extension Failure {
    /// `refused (placement_exists): placement p-2 already began on 2026-11-22`
    var told: String {
        kind.rawValue + (rule == kind.rawValue ? "" : " (\(shown(rule)))") + ": " + shown(message)
    }
}

extension ClientFailure {
    fileprivate var type: String {
        switch self {
        case .unreachable, .connectionLost: Exit.unreachable.word
        case .failed(let failure): failure.kind.rawValue
        case .timedOut: Exit.timeout.word
        case .unreadable: "unreadable"
        }
    }
}

extension Exit {
    /// The word for it in JSON.
    fileprivate var word: String {
        switch self {
        case .ok: "ok"
        case .error: "error"
        case .usage: "usage"
        case .unreachable: "unreachable"
        case .notFound: "not_found"
        case .noPermission: "no_permission"
        case .refused: "refused"
        case .outcomeUnknown: "outcome_unknown"
        case .verificationFailed: "verification_failed"
        case .timeout: "timeout"
        case .interrupted: "interrupted"
        }
    }
}
