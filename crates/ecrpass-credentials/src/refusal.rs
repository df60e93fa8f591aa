//! Why there is no token: one line that names the cause and the next command.

mod attempt;
mod cause;
mod helper_line;
mod network;
pub(crate) mod next_step;
pub(crate) mod reason;
mod sentence;
mod service;

pub use attempt::Attempt;
pub use cause::signed_out;
pub use helper_line::HelperLine;
pub use next_step::{NextStep, RAISE_HOP_LIMIT, SET_CLOCK};
pub use reason::Refusal;
