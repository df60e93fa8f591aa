//! From bytes to records: what a text is unpacked, split, filtered and parsed with.

pub(crate) mod filter;
pub(crate) mod masks;
pub(crate) mod record;
pub(crate) mod relevant;
pub(crate) mod splitter;
pub(crate) mod window;
