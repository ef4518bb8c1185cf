/// The one thread that owns the register, as seen from the other threads.
public protocol HomeLoop: Sendable {
    /// Runs `work` on the thread soon; callable from any thread, and from the thread itself for the end of its turn.
    func execute(_ work: @escaping @Sendable () -> Void)
    /// Stops the program when called from another thread.
    func preconditionIsHome()
}

/// Something that only the home thread may touch, in the hands of those who send work there.
@safe struct Resident<Value>: @unchecked Sendable {
    private let value: Value
    private let home: any HomeLoop

    init(_ value: Value, of home: any HomeLoop) {
        self.value = value
        self.home = home
    }

    /// The value; only on its thread.
    func visit() -> Value {
        home.preconditionIsHome()
        return value
    }
}
