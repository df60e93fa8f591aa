//! What the parts of a running operator share: the engine, the clock, and the bell that says that something happened.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::clock::Clock;
use crate::engine::Engine;

/// The shared parts.
#[derive(Debug)]
pub struct Shared {
    engine: Mutex<Engine>,
    /// AWS's time.
    pub clock: Clock,
    /// Rung when the engine may have something to do.
    pub bell: Notify,
}

impl Shared {
    /// With this engine.
    pub fn new(engine: Engine) -> Self {
        Self { engine: Mutex::new(engine), clock: Clock::default(), bell: Notify::new() }
    }

    /// The engine. It is held for a moment only, never while something is waited for.
    pub fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the engine, and rings the bell.
    pub fn tell<T>(&self, what: impl FnOnce(&mut Engine, i64) -> T) -> T {
        let now = self.clock.now();
        let result = what(&mut self.engine(), now);
        self.bell.notify_one();
        result
    }
}
