//! Requests held up on purpose, so that a test acts while one is under way instead of guessing how long it takes.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;

use crate::calls::matches_target;

/// Holds up every request to a target until this is dropped.
pub struct Hold {
    gate: Arc<Gate>,
    /// Its end lets the requests go on.
    _closed: watch::Sender<()>,
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hold({})", self.gate.target)
    }
}

impl Hold {
    /// Waits until so many requests have arrived since the hold began; false when they do not come in time.
    #[must_use]
    pub fn wait_for_requests(&self, count: usize, patience: Duration) -> bool {
        let arrived = self.gate.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.gate.another.wait_timeout_while(arrived, patience, |arrived| *arrived < count);
        *waited.unwrap_or_else(PoisonError::into_inner).0 >= count
    }
}

#[derive(Debug)]
struct Gate {
    target: String,
    arrived: Mutex<usize>,
    another: Condvar,
    opened: watch::Receiver<()>,
}

/// The holds in force.
#[derive(Debug, Default)]
pub(crate) struct Holds(Mutex<Vec<Weak<Gate>>>);

impl Holds {
    pub(crate) fn add(&self, target: &str) -> Hold {
        let (closed, opened) = watch::channel(());
        let gate = Arc::new(Gate {
            target: target.to_owned(),
            arrived: Mutex::default(),
            another: Condvar::new(),
            opened,
        });
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gates.retain(|gate| gate.strong_count() > 0);
        gates.push(Arc::downgrade(&gate));
        Hold { gate, _closed: closed }
    }

    /// Waits while a call is held up.
    pub(crate) async fn pass(&self, service: &str, operation: &str) {
        for mut opened in self.closed_to(service, operation) {
            // Nothing is ever sent: an error is the end of the hold.
            while opened.changed().await.is_ok() {}
        }
    }

    /// What the call has to wait for; its arrival is counted.
    fn closed_to(&self, service: &str, operation: &str) -> Vec<watch::Receiver<()>> {
        let gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut closed = Vec::new();
        for gate in gates.iter().filter_map(Weak::upgrade) {
            if matches_target(&gate.target, service, operation) {
                *gate.arrived.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                gate.another.notify_all();
                closed.push(gate.opened.clone());
            }
        }
        closed
    }
}
