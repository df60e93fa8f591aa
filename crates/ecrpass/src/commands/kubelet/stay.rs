//! The installer as a DaemonSet runs it: it stays, puts right what others change, and takes everything back when asked to.

use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::signal::unix::{SignalKind, signal};

use super::carry_out;
use crate::apply::node::Job;
use crate::error::CommandError;
use crate::render::ui::Ui;

/// After what time a failed installation is tried again.
const AGAIN: Duration = Duration::from_secs(30);

/// How long it stays.
// Its group would be another's of the same name.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// Stay until told to stop, and install again whatever is changed meanwhile
    #[arg(long)]
    pub stay: bool,
    /// How often to look
    #[arg(long, value_name = "SECONDS", default_value_t = 300, requires = "stay")]
    pub every: u64,
    /// Begin after a part of this time, which the node's name decides, so that not all nodes change at once
    #[arg(long, value_name = "SECONDS", default_value_t = 0, requires = "stay")]
    pub spread: u64,
    /// Put back what was there before when told to stop
    #[arg(long, requires = "stay")]
    pub restore_on_exit: bool,
}

/// Installs, and stays.
///
/// # Errors
/// When nobody could tell it to stop, or what was there cannot be put back.
pub fn installed(
    job: &Job,
    arguments: &Arguments,
    node: Option<&str>,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let mut told = Told::listen()?;
    if told.within(delay(node.unwrap_or_default(), arguments.spread)) {
        return Ok(());
    }
    loop {
        let pause = match job.work() {
            // Not said again and again.
            Ok(work) if work.is_none() || (work.is_restart_alone() && job.restart.is_none()) => {
                Duration::from_secs(arguments.every.max(1))
            }
            Ok(_) => match carry_out::install(job, ui) {
                Ok(_) => Duration::from_secs(arguments.every.max(1)),
                Err(CommandError::BrokenPipe) => return Err(CommandError::BrokenPipe),
                Err(error) => {
                    error.say(ui);
                    AGAIN
                }
            },
            Err(error) => {
                error.say(ui);
                AGAIN
            }
        };
        if told.within(pause) {
            break;
        }
    }
    if arguments.restore_on_exit {
        carry_out::restore(job, ui)?;
    }
    Ok(())
}

/// Stays until it is told to stop.
///
/// # Errors
/// When nobody could tell it.
pub fn until_told(ui: &mut Ui) -> Result<(), CommandError> {
    let mut told = Told::listen()?;
    ui.note("waiting until told to stop");
    while !told.within(Duration::from_secs(3600)) {}
    Ok(())
}

/// The part of a time that a node waits.
fn delay(node: &str, spread: u64) -> Duration {
    let digest = Sha256::digest(node);
    let part = digest.iter().take(4).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    Duration::from_millis(spread.saturating_mul(1000).saturating_mul(part) / (1 << 32))
}

/// Whether somebody wants it to end.
struct Told {
    runtime: tokio::runtime::Runtime,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Told {
    fn listen() -> Result<Self, CommandError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let guard = runtime.enter();
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        drop(guard);
        Ok(Self { runtime, terminate, interrupt })
    }

    /// Waits for so long, or until it is told; whether it was.
    fn within(&mut self, time: Duration) -> bool {
        let Self { runtime, terminate, interrupt } = self;
        let told = async {
            // Either will do.
            std::future::poll_fn(|context| {
                if terminate.poll_recv(context).is_ready() || interrupt.poll_recv(context).is_ready() {
                    std::task::Poll::Ready(())
                } else {
                    std::task::Poll::Pending
                }
            })
            .await;
        };
        runtime.block_on(async { tokio::time::timeout(time, told).await.is_ok() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_begin_one_after_the_other() {
        let delays: Vec<u64> = (0..1000)
            .map(|number| {
                delay(&format!("ip-10-0-{}-{}.ec2.internal", number / 250, number % 250), 600).as_secs()
            })
            .collect();
        assert!(delays.iter().all(|delay| *delay < 600));
        // In each minute about a tenth of them.
        for minute in 0..10 {
            let count = delays.iter().filter(|delay| **delay / 60 == minute).count();
            assert!((60..=140).contains(&count), "{count} in minute {minute}");
        }
        assert_eq!(delay("a", 600), delay("a", 600));
        assert_eq!(delay("a", 0), Duration::ZERO);
    }
}
