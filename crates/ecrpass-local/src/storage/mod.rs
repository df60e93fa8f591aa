//! Where images live: repositories over objects, in memory or in a directory.

pub(crate) mod objects;
mod part_file;
pub(crate) mod repositories;
pub(crate) mod settings;
pub(crate) mod uploads;
