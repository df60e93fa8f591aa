//! All homes.

mod environment;
mod files;
mod kinds;
mod profiles;
mod regions;

use crate::home::Home;

pub fn all() -> Vec<Home> {
    [environment::homes(), files::homes(), kinds::homes(), profiles::homes(), regions::homes()]
        .into_iter()
        .flatten()
        .collect()
}
