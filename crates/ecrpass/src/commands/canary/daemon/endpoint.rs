//! What the canary answers over HTTP: metrics, and whether it lives and is ready.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ecrpass_canary::board::Board;
use ecrpass_canary::exposition::{Form, render};
use ecrpass_core::count::counted;
use ecrpass_diagnosis::pseudonymize::Masker;

use crate::error::CommandError;
use crate::system::service::{Answer, Reply};

/// How long nothing may have moved until the canary counts as stuck.
const STUCK: Duration = Duration::from_secs(30);

/// What is said then.
const NOTHING_BEGUN: &str = "no run was begun on time";

/// What is counted, and when somebody last looked at the timetable.
pub struct Shared {
    board: Mutex<Board>,
    /// When the timetable was last looked at, and how many targets were not run on time then.
    alive: Mutex<(Instant, usize)>,
    /// Hides what identifies, where that is asked for.
    masker: Option<Arc<Masker>>,
}

impl Shared {
    /// Nothing is counted yet.
    pub fn new(masker: Option<Arc<Masker>>) -> Self {
        let board = Mutex::new(Board::new(env!("CARGO_PKG_VERSION")));
        Self { board, alive: Mutex::new((Instant::now(), 0)), masker }
    }

    /// The counts.
    pub fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counts as others may see them. The board is free again before anything is written to anybody.
    pub fn told<T>(&self, tell: impl FnOnce(&Board) -> T) -> T {
        let board = self.board();
        match &self.masker {
            None => tell(&board),
            Some(masker) => tell(&board.renamed(|name| masker.mask(name))),
        }
    }

    /// The timetable is being looked at; so many targets are not run on time.
    pub fn touch(&self, late: usize) {
        *self.alive.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), late);
    }

    /// Whether the timetable was last looked at too long ago, and how many targets were not run on time then.
    fn moves(&self) -> (bool, usize) {
        let (looked, late) = *self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        (looked.elapsed() >= STUCK, late)
    }

    /// Why it is not well, if it is not.
    fn complaint(&self) -> Option<String> {
        match self.moves() {
            (true, _) => Some(NOTHING_BEGUN.to_owned()),
            (false, 0) => None,
            (false, late) => Some(format!("{} not run on time", counted(late as u64, "target"))),
        }
    }
}

/// Takes a place to answer at.
///
/// # Errors
/// When it cannot be had.
pub fn listen(address: &str) -> Result<TcpListener, CommandError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|error| {
        CommandError::could_not_run(
            format!("Cannot listen at {address}: {error}."),
            format!(
                "choose another address with --listen or `listen`, such as {}, or `none`",
                another(address)
            ),
        )
    })
}

/// An address that is not this one.
fn another(address: &str) -> SocketAddr {
    let usual = SocketAddr::from(([127, 0, 0, 1], 9478));
    let taken = address.parse::<SocketAddr>().ok();
    let port = taken.map_or(usual.port(), |taken| taken.port().checked_add(1).unwrap_or(usual.port()));
    SocketAddr::new(taken.map_or(usual.ip(), |taken| taken.ip()), port)
}

/// What is answered.
pub fn answer(shared: &Arc<Shared>) -> Answer {
    let shared = Arc::clone(shared);
    Arc::new(move |path, accept| match path {
        "/metrics" => {
            let form = Form::accepted(accept);
            match shared.told(|board| render(board, form)) {
                Ok(body) => Reply { status: 200, content_type: form.content_type(), body },
                Err(_) => Reply::text(500, "the metrics cannot be written"),
            }
        }
        // One with too much to do is alive: to be killed and started again would only cost it more.
        "/livez" => match shared.moves() {
            (true, _) => Reply::text(503, NOTHING_BEGUN),
            (false, _) => Reply::text(200, "ok"),
        },
        "/healthz" => match shared.complaint() {
            None => Reply::text(200, "ok"),
            Some(complaint) => Reply::text(503, &complaint),
        },
        "/readyz" if shared.board().is_ready() => Reply::text(200, "ok"),
        "/readyz" => Reply::text(503, "not every target was run yet"),
        _ => Reply::text(404, "there are /metrics, /livez, /healthz and /readyz"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_address_is_another() {
        for (taken, other) in [
            ("127.0.0.1:9479", "127.0.0.1:9480"),
            ("127.0.0.1:9478", "127.0.0.1:9479"),
            ("[::]:9478", "[::]:9479"),
            ("10.0.0.1:65535", "10.0.0.1:9478"),
            ("nowhere", "127.0.0.1:9478"),
        ] {
            assert_eq!(another(taken).to_string(), other);
        }
    }
}
