/// What an administrator may want to be woken by: `journalctl MESSAGE_ID=…` finds it whatever its wording.
///
/// Generated once with `systemd-id128 new`; they never change and are never used for something else. Give one as
/// metadata: `["message_id": "\(MessageID.ready)"]`.
public enum MessageID: String, CaseIterable, Sendable, CustomStringConvertible {
    /// Queries are answered.
    case ready = "a506eaf4c82f43b8a841e0931b153e50"
    /// The register finishes what it accepted and goes.
    case stopping = "113139ec7139428486792f209cb0eacd"
    /// A commit that had not been acknowledged was cut from the end of the log and copied aside.
    case recoveredTornTail = "6c9f83d87ce54877b599c10989a18480"
    /// The log is damaged where it must not be: nothing is written until a person has looked.
    case damagedLog = "237c34c56ba54f77a2762b19f96d6a2b"
    /// The log was deleted, renamed or replaced while it was written to: nothing is recorded, and what can still be saved
    /// is lost with the process.
    case logGone = "4e1b588ecbe94ccab8c49672b6be8d1c"
    /// Too little room is left on the disk: the register is read-only.
    case diskFull = "9e8e09e8e98e415caadad0de81e4ecbf"
    /// There is room again: the register takes commands.
    case roomAgain = "be142991e4aa494b9ef8269869ede5c2"
    /// A sync failed; the outcome of pending commands is unknown and the process exits.
    case syncFailed = "7bdddc72d44442c68cd79bb5e3973336"
    /// The clock is far behind the time that the last event was recorded at.
    case clockBehind = "29d91a924b424321b4e9ecfa5c854cc3"
    /// The file of the named consumers is not what was written: it was set aside, and there are none until made again.
    case damagedConsumers = "aeb1d82104d34e6883613369b8ecbea5"
    /// A configuration read again on SIGHUP cannot be used: the one before stays in force.
    case configurationRefused = "7127bd24a4f2416e90d721cdbba2c358"

    public var description: String { rawValue }
}
