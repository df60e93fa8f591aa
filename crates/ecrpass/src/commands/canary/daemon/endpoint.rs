//! What the canary answers over HTTP: metrics, and whether it lives and is ready.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ecrpass_canary::board::Board;
use ecrpass_canary::exposition::{Form, render};

use crate::error::CommandError;
use crate::system::service::{Answer, Reply};

/// How long nothing may have moved until the canary counts as stuck.
const STUCK: Duration = Duration::from_secs(30);

/// What is counted, and when somebody last looked at the timetable.
pub struct Shared {
    board: Mutex<Board>,
    alive: Mutex<Instant>,
}

impl Shared {
    /// Nothing is counted yet.
    pub fn new() -> Self {
        Self { board: Mutex::new(Board::new(env!("CARGO_PKG_VERSION"))), alive: Mutex::new(Instant::now()) }
    }

    /// The counts.
    pub fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The timetable is being looked at.
    pub fn touch(&self) {
        *self.alive.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn is_alive(&self) -> bool {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < STUCK
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
            "choose another address with --listen, such as 127.0.0.1:9479, or `none`",
        )
    })
}

/// What is answered.
pub fn answer(shared: &Arc<Shared>) -> Answer {
    let shared = Arc::clone(shared);
    Arc::new(move |path, accept| match path {
        "/metrics" => {
            let form = Form::accepted(accept);
            // The board is free again before anything is written to anybody.
            let rendered = render(&shared.board(), form);
            match rendered {
                Ok(body) => Reply { status: 200, content_type: form.content_type(), body },
                Err(_) => Reply::text(500, "the metrics cannot be written"),
            }
        }
        "/healthz" if shared.is_alive() => Reply::text(200, "ok"),
        "/healthz" => Reply::text(503, "no run was begun on time"),
        "/readyz" if shared.board().is_ready() => Reply::text(200, "ok"),
        "/readyz" => Reply::text(503, "not every target was run yet"),
        _ => Reply::text(404, "there are /metrics, /healthz and /readyz"),
    })
}
