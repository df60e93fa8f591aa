//! Keeps the pull secrets of a cluster fresh.

fn main() {}
