//! A stack that is large enough for a call to AWS, where the limit for the main thread's is not (`ulimit -s`): a stack
//! that is full ends a program by a signal, and nobody is told why.

use std::io;

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::refusal::Refusal;

/// What a call to AWS may need, in bytes; in the static program it is an eighth of it.
const ENOUGH: u64 = 1024 * 1024;

/// Runs it here, or where the stack of this thread may not grow enough, in a thread with a larger one.
///
/// # Errors
/// A [`Refusal`] when there is no such thread.
pub fn with_enough<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let Some(limit) = limit().filter(|limit| *limit < ENOUGH) else { return Ok(act()) };
    elsewhere(act).map_err(|error| {
        Refusal::transient(
            DiagnosisId::AwsServiceTransient,
            format!(
                "The stack is limited to {} kB here, and there is no thread with a larger one: {error}.",
                limit / 1024
            ),
            "raise the limit: ulimit -s 8192",
        )
    })
}

fn elsewhere<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let stack = usize::try_from(2 * ENOUGH).unwrap_or(usize::MAX);
    let thread = std::thread::Builder::new().stack_size(stack).spawn(act)?;
    // One that panics ends the program with a line of its own.
    thread.join().map_err(|_| io::Error::other("it did not come to its end"))
}

/// The limit for this thread's stack, in bytes; `None` without one.
#[cfg(unix)]
fn limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Stack).current
}

#[cfg(not(unix))]
fn limit() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_thread_has_room_for_a_megabyte() {
        fn fill(depth: u32) -> u64 {
            let bytes = [1_u8; 8 * 1024];
            std::hint::black_box(&bytes);
            let below = if depth == 0 { 0 } else { fill(depth - 1) };
            below + bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>()
        }
        assert_eq!(elsewhere(|| fill(127)).unwrap(), ENOUGH);
        assert_eq!(with_enough(|| 5).unwrap(), 5);
    }
}
