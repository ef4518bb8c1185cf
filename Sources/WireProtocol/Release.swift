/// What is released together: daemon, command line and client library.
public enum Release {
    public static let version = "0.1.0"
}
