import Dispatch

/// Does two things at the same time, on two threads, and returns when both are done. They must not touch the same things.
func together(_ one: () -> Void, _ other: () -> Void) {
    withoutActuallyEscaping(one) { one in
        withoutActuallyEscaping(other) { other in
            let both = Both(one: one, other: other)
            DispatchQueue.concurrentPerform(iterations: 2) { $0 == 0 ? both.one() : both.other() }
        }
    }
}

@safe private struct Both: @unchecked Sendable {
    let one: () -> Void
    let other: () -> Void
}
