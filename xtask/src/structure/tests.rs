//! Small houses, each with one fault or none.

use super::*;

/// A house of these files, each with the line that says what it is for.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let texts = files.iter().map(|(path, text)| (PathBuf::from(path), format!("//! Why.\n{text}"))).collect();
    violations(&texts).unwrap()
}

const LIB: &str = "crates/ecrpass-core/src/lib.rs";
const A: &str = "crates/ecrpass-core/src/a.rs";
const B: &str = "crates/ecrpass-core/src/b.rs";

#[test]
fn the_house_itself() {
    run().unwrap();
}

#[test]
fn two_files_that_use_each_other_are_a_ring() {
    let ring = found(&[
        (LIB, "mod a; mod b;"),
        (A, "use crate::b::Two; pub struct One;"),
        (B, "pub struct Two; fn f() -> crate::a::One { todo!() }"),
    ]);
    assert_eq!(
        ring,
        ["a ring: crates/ecrpass-core/src/a.rs uses `Two` of crates/ecrpass-core/src/b.rs, \
          which uses `One` of crates/ecrpass-core/src/a.rs"]
    );
}

#[test]
fn a_ring_of_three_is_reported_once() {
    let ring = found(&[
        (LIB, "mod a; mod b; mod c;"),
        (A, "use crate::b::Two; pub struct One;"),
        (B, "use crate::c::Three; pub struct Two;"),
        ("crates/ecrpass-core/src/c.rs", "use crate::a::One; pub struct Three;"),
    ]);
    assert_eq!(ring.len(), 1, "{ring:?}");
    assert_eq!(ring[0].matches(" uses ").count(), 3, "{ring:?}");
}

#[test]
fn a_ring_through_super_is_seen() {
    let ring = found(&[
        (LIB, "mod a;"),
        (A, "mod below; pub struct One; fn f() { below::run(); }"),
        ("crates/ecrpass-core/src/a/below.rs", "use super::One; pub fn run() {}"),
    ]);
    assert_eq!(ring.len(), 1, "{ring:?}");
    assert!(ring[0].contains("`run`") && ring[0].contains("`One`"), "{ring:?}");
}

#[test]
fn a_ring_through_a_re_export_is_seen_and_names_the_defining_file() {
    let ring = found(&[
        (LIB, "mod a; mod b;"),
        (A, "mod deep; pub use deep::Deep;"),
        ("crates/ecrpass-core/src/a/deep.rs", "use crate::b::Two; pub struct Deep;"),
        (B, "use crate::a::Deep; pub struct Two;"),
    ]);
    assert_eq!(ring.len(), 1, "{ring:?}");
    assert!(ring[0].contains("a/deep.rs") && !ring[0].contains("src/a.rs"), "{ring:?}");
}

#[test]
fn a_ring_through_everything_of_a_parent_is_seen() {
    let ring = found(&[
        (LIB, "mod a;"),
        (A, "mod below; pub struct One; fn f() -> below::Below { todo!() }"),
        ("crates/ecrpass-core/src/a/below.rs", "use super::*; pub struct Below(One);"),
    ]);
    assert_eq!(ring.len(), 1, "{ring:?}");
}

#[test]
fn a_parent_that_only_passes_a_name_on_is_no_ring() {
    let parent = |more: &str| {
        let text = format!("mod below; pub use below::Below; pub struct One; {more}");
        found(&[
            (LIB, "mod a;"),
            (A, &text),
            ("crates/ecrpass-core/src/a/below.rs", "use super::One; pub struct Below;"),
        ])
    };
    assert!(parent("").is_empty());
    // But one that uses it as well.
    assert_eq!(parent("fn f(_: Below) {}").len(), 1);
}

#[test]
fn siblings_that_share_a_leaf_and_tests_that_look_at_everything_are_no_ring() {
    let clear = found(&[
        (LIB, "mod a; mod b; mod leaf; pub use a::One;"),
        (A, "use crate::leaf::Leaf; pub struct One; #[cfg(test)] mod tests { use crate::b::Two; }"),
        (B, "use crate::{leaf::Leaf, One}; pub struct Two;"),
        ("crates/ecrpass-core/src/leaf.rs", "pub struct Leaf;"),
    ]);
    assert!(clear.is_empty(), "{clear:?}");
}

#[test]
fn a_crate_that_uses_one_above_or_beside_it_is_named() {
    let found = found(&[
        (LIB, "fn f() { ecrpass_clients::parse(); }"),
        ("crates/ecrpass-clients/src/lib.rs", "use ecrpass_credentials::Chain; pub fn parse() {}"),
        ("crates/ecrpass-credentials/src/lib.rs", "mod chain; pub use chain::Chain;"),
        ("crates/ecrpass-credentials/src/chain.rs", "pub struct Chain;"),
    ]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[1].contains("`parse`") && found[1].contains("ecrpass-core may not use ecrpass-clients"));
    assert!(found[0].contains("`Chain` of crates/ecrpass-credentials/src/chain.rs"), "{found:?}");
}

#[test]
fn a_module_that_uses_one_above_it_is_named() {
    let found = found(&[
        ("crates/ecrpass-diagnosis/src/lib.rs", "mod check; mod facts; mod catalogue;"),
        ("crates/ecrpass-diagnosis/src/facts.rs", "use crate::check::Case; pub struct Facts;"),
        ("crates/ecrpass-diagnosis/src/check.rs", "pub struct Case;"),
        // Downwards is fine.
        ("crates/ecrpass-diagnosis/src/catalogue.rs", "use crate::check::Case;"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("facts.rs uses `Case`") && found[0].contains("`check` is above it"),
        "{found:?}"
    );
}

#[test]
fn a_module_and_a_crate_without_a_place_are_named() {
    let found = found(&[
        ("crates/ecrpass-diagnosis/src/lib.rs", "mod attic;"),
        ("crates/ecrpass-diagnosis/src/attic.rs", ""),
        ("crates/ecrpass-shed/src/lib.rs", ""),
    ]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("crate ecrpass-shed") && found[1].contains("module attic"), "{found:?}");
}

#[test]
fn commands_and_engines_share_no_door() {
    let found = found(&[
        ("crates/ecrpass/src/main.rs", "mod commands;"),
        ("crates/ecrpass/src/commands.rs", "mod fix; mod setup;"),
        ("crates/ecrpass/src/commands/fix.rs", "mod part; pub fn run() {}"),
        ("crates/ecrpass/src/commands/fix/part.rs", "pub fn part() {}"),
        ("crates/ecrpass/src/commands/setup.rs", "fn f() { super::fix::run(); }"),
        ("crates/ecrpass-diagnosis/src/lib.rs", "mod engine;"),
        ("crates/ecrpass-diagnosis/src/engine.rs", "mod doctor; mod explain;"),
        ("crates/ecrpass-diagnosis/src/engine/doctor.rs", "use super::explain::explain;"),
        ("crates/ecrpass-diagnosis/src/engine/explain.rs", "mod own; pub fn explain() { own::go(); }"),
        ("crates/ecrpass-diagnosis/src/engine/explain/own.rs", "pub fn go() {}"),
    ]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[1].contains("engine/doctor.rs") && found[1].contains("no engine"), "{found:?}");
    assert!(found[0].contains("commands/setup.rs") && found[0].contains("no command"), "{found:?}");
}

#[test]
fn long_files_and_files_that_do_not_say_why_are_named() {
    let texts = |text: String| Texts::from([(PathBuf::from(LIB), text)]);
    let long = format!("//! Why.\n{}", "\n".repeat(MAX_LINES));
    assert_eq!(
        violations(&texts(long)).unwrap(),
        ["crates/ecrpass-core/src/lib.rs has 401 lines, more than 400"]
    );
    let silent = violations(&texts("struct A;\n".to_owned())).unwrap();
    assert!(silent[0].contains("does not say in its first line"), "{silent:?}");
}
