//! `ecrpass audit` over this repository: nothing in it is a mistake, and what looks like one is left out by `ecrpass.toml`.

#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

mod common;

use std::path::Path;

use common::{Home, text};

#[test]
fn this_repository_has_no_findings() {
    let home = Home::bare();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let (code, said, noted) = text(&home.command(&["audit"]).arg(root).output().unwrap());
    assert_eq!(code, Some(0), "{said}{noted}");
    // Nor does it say of what is left out that it could not be read.
    assert!(said.starts_with("Nothing was found") && noted.is_empty(), "{said}{noted}");
}
