import AccueilDomain
import EventCoding
public import WireProtocol

extension Contract {
    /// Every method that the register answers and every notification that it sends.
    public static let register = Contract(
        methods: Catalogue.commands.map { command($0) } + Catalogue.amending.map { command($0) }
            + Catalogue.queries.map { query($0) } + own,
        notifications: Notice.allCases.map { Notification($0.rawValue, $0.params) })

    private static func command<Command: RecordingCommand>(_ type: Command.Type) -> Method {
        Method(type.method, Call<Command>.self, gives: Accepted.self, records: true)
    }

    private static func query<Query: QueryRecord>(_ type: Query.Type) -> Method {
        Method(type.method, Question<Query>.self, gives: Query.Answer.self)
    }

    /// What is neither a command nor a query of the domain.
    private static let own = [
        Method("transaction", Transaction.self, gives: Accepted.self, records: true),
        Method("rpc.discover", NoParameters.self, gives: LooseFields.self),
        Method("server.info", NoParameters.self, gives: ServerInfo.self),
        Method("server.status", NoParameters.self, gives: ServerStatus.self),
        Method("events.read", EventsQuery.self, gives: EventPage.self),
        Method("events.get", EventQuery.self, gives: StoredEvent.self),
        Method("events.subscribe", SubscribeQuery.self, gives: Subscribed.self),
        Method("events.unsubscribe", UnsubscribeQuery.self, gives: Unsubscribed.self),
        Method("query.history", HistoryQuery.self, gives: History.self),
        Method(ConsumerAck.method, ConsumerAck.self, gives: ConsumerStanding.self, records: true),
        Method(ConsumerStandings.method, NoParameters.self, gives: ConsumerStandings.self),
        Method(ConsumerRemove.method, ConsumerRemove.self, gives: ConsumerStanding.self, records: true),
        Method(SignedCheckpoint.method, NoParameters.self, gives: SignedCheckpoint.self),
        Method(ProofRequest.method, ProofRequest.self, gives: ProofAnswer.self),
        Method(VerificationAnswer.method, NoParameters.self, gives: VerificationAnswer.self),
    ]
}
