import AccueilClient
import AccueilDomain
import ArgumentParser

struct Completion: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the completions for a shell: verbs, options, codes, and ids asked from the daemon.",
        discussion: """
            bash: accueilctl completion bash > ~/.local/share/bash-completion/completions/accueilctl
            zsh:  accueilctl completion zsh > a folder of $fpath, as _accueilctl
            fish: accueilctl completion fish > ~/.config/fish/completions/accueilctl.fish
            """)

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    @Argument(help: "The shell.") var shell: Shell

    func run() {
        let known: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        Output.data(Accueilctl.completionScript(for: known) + "\n")
    }
}

extension CompletionKind {
    /// Seconds that a pressed key waits for the daemon at most.
    private static let secondsMax = 1

    /// The ids of this kind that the running daemon knows; none where it does not answer at once.
    static func ids(_ kind: SubjectKind) -> CompletionKind {
        .custom { words, _, _ in await known([kind], at: words).map(\.id) }
    }

    /// Subjects, `site/ivry`, of the kinds that are few.
    static var subjects: CompletionKind {
        .custom { words, _, _ in
            await known([.site, .fund, .service, .point, .plan, .commitment], at: words)
                .map { "\($0.kind.rawValue)/\($0.id)" }
        }
    }

    private static func known(_ kinds: [SubjectKind], at words: [String]) async -> [(kind: SubjectKind, id: String)] {
        var socket = SocketOptions()
        socket.socket = words.firstIndex(of: "--socket").flatMap { words.dropFirst($0 + 1).first }
        guard let connection = try? await Connection.connect(to: socket.path, timeoutSeconds: secondsMax) else {
            return []
        }
        var ids: [(SubjectKind, String)] = []
        for kind in kinds { ids += await kind.ids(over: connection).map { (kind, $0) } }
        await connection.close()
        return ids
    }
}
