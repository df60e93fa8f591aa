//! Files that are larger when they are understood than when they are read.

use std::io::Write as _;

use crate::common::HOST;
use flate2::Compression;
use flate2::write::GzEncoder;

/// How large those are that grow when they are understood, in bytes: as large as a client's configuration may be.
const LARGE: usize = 8 << 20;

/// Doublings, as many of them as a file may hold: each line is twice the one before.
fn doublings(first: &str, line: impl Fn(usize) -> String) -> String {
    std::iter::once(first.to_owned()).chain((1..60).map(line)).collect()
}

/// What lies beside a compose file, and is read with it: its last variable would have 2^59 letters.
pub fn dot_env() -> String {
    doublings("A0=xxxxxxxx\n", |n| format!("A{n}=$A{0}$A{0}\n", n - 1))
}

/// Each with a name and a content.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..256 {
        gzip.write_all(&vec![b'x'; 1 << 20]).unwrap();
    }
    let image = format!("{HOST}/a");
    let docker = doublings("ARG A0=xxxxxxxx\n", |n| format!("ARG A{n}=$A{0}$A{0}\n", n - 1));
    let aliases = doublings("a0: &a0 [x, x]\n", |n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1));
    // Ten of them, one inside the other: each default is written twice.
    let defaults = (0..10).fold("x".to_owned(), |inner, n| format!("${{A{n}:-{inner}${{B{n}:-{inner}}}}}"));
    let many = |unit: &str| unit.repeat(LARGE / unit.len());
    let numbered =
        |unit: fn(usize) -> String| (0..LARGE / unit(1_000_000).len()).map(unit).collect::<String>();
    let mut all = vec![
        ("Dockerfile", format!("{docker}FROM {image}:$A59\n").into_bytes()),
        ("compose.yaml", format!("services:\n  a:\n    image: {image}:{defaults}\n").into_bytes()),
        ("docker-compose.yml", format!("services:\n  a:\n    image: {image}:$A59\n").into_bytes()),
        ("aliases.yaml", format!("{aliases}services:\n  a:\n    image: *a59\n").into_bytes()),
        ("deep.yaml", "[".repeat(500_000).into_bytes()),
        ("deep.json", "{\"a\":".repeat(500_000).into_bytes()),
        (
            "wide.json",
            format!(
                "{{\"auths\":{{{}\"z\":{{}}}}}}",
                (0..100_000).map(|n| format!("\"h{n}\":{{}},")).collect::<String>()
            )
            .into_bytes(),
        ),
        ("zeros.yaml", vec![0; 32 << 20]),
        ("letters.log", vec![b'x'; 64 << 20]),
        ("log.gz", gzip.finish().unwrap()),
    ];
    // Texts of which each byte or line becomes something that is kept.
    let wide = [
        ("numbers.json", format!("[{}1]", many("1,"))),
        ("objects.json", format!("{{\"auths\":{{{}\"z\":{{}}}}}}", numbered(|n| format!("\"h{n}\":{{}},")))),
        ("login.json", format!("{{\"auths\":{{\"h\":{{\"auth\":\"{}\"}}}}}}", many("Q"))),
        ("key.json", format!("{{\"{}\":1}}", many("k"))),
        ("escapes.json", format!("{{\"auths\":{{\"h\":{{\"auth\":\"{}\"}}}}}}", many("\\u0041"))),
        ("open.json", many("[")),
        ("ends.json", format!("{}{{}}", many("\n"))),
        ("words.txt", many("a\n")),
        ("list.yaml", many("- a\n")),
        ("documents.yaml", many("---\na: b\n")),
        (
            "services.yaml",
            format!("services:\n{}", numbered(|n| format!(" s{n}: {{image: {HOST}/a:{n}}}\n"))),
        ),
        (
            "statements.json",
            format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{}{{}}]}}", many("{\"Effect\":\"Allow\"},")),
        ),
        (
            "main.tf",
            numbered(|n| format!("resource \"aws_ecr_repository\" \"r{n}\" {{\n name = \"a\"\n}}\n")),
        ),
        ("push.sh", format!("#!/bin/sh\n{}", numbered(|n| format!("docker push {HOST}/a:{n}\n")))),
        ("Dockerfile.wide", numbered(|n| format!("FROM {HOST}/a:{n}\n"))),
        ("failures.log", numbered(|n| format!("Error: pull {HOST}/a:{n}: no basic auth credentials\n"))),
        ("tables.toml", numbered(|n| format!("[a{n}]\nb=1\n"))),
    ];
    all.extend(wide.map(|(name, text)| (name, text.into_bytes())));
    all
}
