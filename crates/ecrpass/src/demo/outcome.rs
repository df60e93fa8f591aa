//! What a client of the tour did, whichever it was.

/// What a client did.
pub struct Run {
    /// The command as typed.
    pub command: String,
    /// Whether it succeeded.
    pub success: bool,
    /// Everything it wrote, in order.
    pub output: String,
}
