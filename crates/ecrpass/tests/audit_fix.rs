//! `ecrpass audit --fix` and `ecrpass ci convert --write` where a file is in the way: it is left as it is, and told; the
//! others are fixed.

#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use common::{HOST, Home, text};

/// A script with a login that a safe edit fixes.
fn script(comment: &[u8], end: &[u8]) -> Vec<u8> {
    let login = format!("docker login -u AWS -p $(aws ecr get-login-password --region us-east-1) {HOST}");
    [b"#!/bin/sh\n# ", comment, b"\n", login.as_bytes(), end, b"\n"].concat()
}

fn fixed(comment: &[u8], end: &[u8]) -> Vec<u8> {
    let login = format!(
        "aws ecr get-login-password --region us-east-1 | docker login -u AWS --password-stdin {HOST}"
    );
    [b"#!/bin/sh\n# ", comment, b"\n", login.as_bytes(), end, b"\n"].concat()
}

const FIX: [&str; 4] = ["audit", "--fix", "--rule", "password-on-command-line"];

#[test]
fn what_is_not_utf_8_stays_byte_for_byte() {
    let home = Home::bare();
    for (name, comment, end) in [
        ("a.sh", b"caf\xe9".as_slice(), b"".as_slice()),
        ("b.sh", b"x", b""),
        // In the line itself.
        ("c.sh", b"\xff\xfe\xc3", b" # caf\xe9"),
        ("d.sh", b"caf\xc3\xa9", b" # \xe9\r"),
    ] {
        fs::write(home.path(name), script(comment, end)).unwrap();
    }
    let wide = |bytes: &[u8]| -> Vec<u8> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    fs::write(home.path("e.sh"), wide(&script("é".as_bytes(), b""))).unwrap();
    let (code, stdout, stderr) = text(&home.run(&FIX));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert_eq!(fs::read(home.path("a.sh")).unwrap(), fixed(b"caf\xe9", b""));
    assert_eq!(fs::read(home.path("b.sh")).unwrap(), fixed(b"x", b""));
    assert_eq!(fs::read(home.path("c.sh")).unwrap(), fixed(b"\xff\xfe\xc3", b" # caf\xe9"));
    assert_eq!(fs::read(home.path("d.sh")).unwrap(), fixed(b"caf\xc3\xa9", b" # \xe9\r"));
    assert_eq!(fs::read(home.path("e.sh")).unwrap(), wide(&fixed("é".as_bytes(), b"")));
}

#[test]
fn a_file_that_cannot_be_written_is_told_and_the_others_are_fixed() {
    let home = Home::bare();
    fs::create_dir(home.path("held")).unwrap();
    for name in ["held/a.sh", "z.sh"] {
        fs::write(home.path(name), script(b"", b"")).unwrap();
    }
    // Another program has its directory's lock: for root as well that is in the way.
    let directory = fs::File::open(home.path("held")).unwrap();
    directory.lock().unwrap();
    let (code, stdout, stderr) = text(&home.run(&FIX));
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stderr.contains("held/a.sh was left as it is: ") && stderr.contains("Next: "), "{stderr}");
    assert!(stdout.contains("z.sh is fixed") && !stdout.contains("a.sh is fixed"), "{stdout}");
    // What is in it is still found.
    assert!(stdout.contains("held/a.sh:3"), "{stdout}");
    assert!(stderr.contains("1 warning; 2 files looked at."), "{stderr}");
    assert_eq!(fs::read(home.path("held/a.sh")).unwrap(), script(b"", b""));
    assert_eq!(fs::read(home.path("z.sh")).unwrap(), fixed(b"", b""));
    drop(directory);
    let (code, stdout, stderr) = text(&home.run(&FIX));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert_eq!(fs::read(home.path("held/a.sh")).unwrap(), fixed(b"", b""));
}

#[test]
fn a_conversion_that_cannot_be_written_is_told_and_the_others_are_made() {
    let home = Home::bare();
    let workflow = format!(
        "on: push\njobs:\n  push:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: us-east-1\n      - run: aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin {HOST}\n      - run: docker push {HOST}/app:1\n"
    );
    let names = ["one/.github/workflows/a.yml", "two/.github/workflows/a.yml"];
    for name in names {
        home.write(name, &workflow, 0o644);
    }
    let directory = fs::File::open(home.path("one/.github/workflows")).unwrap();
    directory.lock().unwrap();
    let role = "arn:aws:iam::123456789012:role/ecr-push";
    let (code, stdout, stderr) =
        text(&home.run(&["ci", "convert", names[0], names[1], "--role", role, "--write"]));
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stderr.contains("one/.github/workflows/a.yml was left as it is: "), "{stderr}");
    assert_eq!(fs::read_to_string(home.path(names[0])).unwrap(), workflow);
    let converted = fs::read_to_string(home.path(names[1])).unwrap();
    assert!(converted.contains(role), "{stdout}{stderr}{converted}");
    let mode = fs::metadata(home.path(names[1])).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}
