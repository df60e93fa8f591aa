//! Hours that pass in a moment: AWS's clock and that of the operators, which read the time through libfaketime, go ahead
//! together. The API server's stays, for nothing here depends on it.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::parts::program;
use crate::program::Home;

/// The clock of AWS and of every operator of a home.
pub struct MovedClock {
    file: PathBuf,
    ahead: i64,
    /// Since when, by this machine's clock in seconds, it is so many seconds ahead.
    moves: Vec<(f64, i64)>,
}

/// This machine's clock, in seconds.
fn here() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

impl MovedClock {
    /// Lets the operators of a home read it. They are as far ahead as this clock, within a second of a move.
    pub fn of(home: &mut Home) -> Self {
        let library = program("ECRPASS_FAKETIME").display().to_string();
        let file = home.path("clock");
        std::fs::write(&file, "+0").unwrap();
        let path = file.display().to_string();
        home.variables.extend([
            ("LD_PRELOAD", library),
            ("FAKETIME_TIMESTAMP_FILE", path),
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            // What is waited for goes by the kernel's clocks.
            ("FAKETIME_DONT_RESET", "1".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
        ]);
        Self { file, ahead: 0, moves: vec![(0.0, 0)] }
    }

    /// Moves it.
    pub fn pass(&mut self, home: &Home, hours: i64) {
        self.ahead += hours * 3600;
        home.api.state().aws.ahead = self.ahead;
        self.moves.push((here(), self.ahead));
        let next = self.file.with_extension("next");
        std::fs::write(&next, format!("+{}", self.ahead)).unwrap();
        std::fs::rename(next, &self.file).unwrap();
    }

    /// AWS's time at a moment of this machine's.
    pub fn aws_at(&self, here: f64) -> f64 {
        let (_, ahead) = self.moves.iter().rev().find(|(since, _)| *since <= here).unwrap();
        here + f64::from(i32::try_from(*ahead).unwrap())
    }
}
