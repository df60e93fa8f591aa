//! `ecrpass explain` on logs that are not as logs should be: one line of any length, cut short, compressed to the
//! utmost, without an end. What can be read is explained, in little memory.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use common::{HOST, Home, text};
use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::Value;

/// No input may take more memory than this, in kB.
const MOST: u64 = 64 * 1024;

fn failure() -> String {
    format!(
        "Error response from daemon: Head \"https://{HOST}/v2/team/app/manifests/1\": denied: Your authorization token has expired. Reauthenticate and try again."
    )
}

/// Text that does not compress to nothing.
fn noise(lines: usize) -> String {
    (0..lines)
        .map(|n| format!("{n:x} INFO request {} served in {} ms\n", n * 7919 % 100_003, n * 31 % 977))
        .collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

fn found(home: &Home, arguments: &[&str]) -> (Option<i32>, Vec<(String, u64)>, String) {
    let output = home.run(&[&["explain", "--format", "json"], arguments].concat());
    let (code, stdout, stderr) = text(&output);
    let json: Value = serde_json::from_str(&stdout).unwrap_or_default();
    let findings = json["findings"].as_array().cloned().unwrap_or_default();
    let found = findings.iter().map(|finding| {
        (finding["id"].as_str().unwrap().to_owned(), finding["evidence"][0]["line"].as_u64().unwrap())
    });
    (code, found.collect(), stderr)
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_fails_at_once_is_named() {
    let home = Home::bare();
    let (code, _, stderr) = text(&home.run(&["explain", "/proc/self/mem"]));
    assert_eq!(code, Some(3), "{stderr}");
    assert!(stderr.contains("/proc/self/mem cannot be read: ") && !stderr.contains("report it"), "{stderr}");
}

#[test]
fn a_log_of_one_line_is_searched_to_its_end() {
    let home = Home::bare();
    let event = |message: &str| {
        format!(
            "{{\"timestamp\":1707642843118,\"message\":{},\"ingestionTime\":1707642843200}}",
            Value::from(message)
        )
    };
    let quiet = "10.0.3.4 GET /static/app.js HTTP/1.1 304 0";
    for (before, after) in [(0, 0), (400, 400), (900, 0), (20_000, 300)] {
        let mut events = vec![event(quiet); before];
        events.push(event(&failure()));
        events.extend(vec![event(quiet); after]);
        home.write("events.json", &format!("[{}]\n", events.join(",")), 0o644);
        let (code, found, stderr) = found(&home, &["events.json"]);
        assert_eq!((code, found), (Some(1), vec![("token-expired".to_owned(), 1)]), "{before}: {stderr}");
    }
    // And without anything to cut it by.
    for filler in ["a", "word ", "\u{e9}"] {
        let line = format!("first\n{}{} {}", filler.repeat(100_000), failure(), filler.repeat(50_000));
        home.write("line.log", &line, 0o644);
        let (code, found, stderr) = found(&home, &["line.log"]);
        assert_eq!((code, found), (Some(1), vec![("token-expired".to_owned(), 2)]), "{filler}: {stderr}");
    }
}

#[test]
fn what_was_read_before_a_file_was_cut_short_is_explained() {
    let home = Home::bare();
    let log = format!("{}\n{}", failure(), noise(20_000));
    let zstd = compress_to_vec(log.as_bytes(), CompressionLevel::Fastest);
    for (name, bytes) in [("cut.gz", gzip(&log)), ("cut.zst", zstd)] {
        fs::write(home.path(name), &bytes[..bytes.len() / 2]).unwrap();
        let (code, found, stderr) = found(&home, &[name]);
        assert_eq!((code, found), (Some(1), vec![("token-expired".to_owned(), 1)]), "{name}: {stderr}");
        assert!(
            stderr.contains(&format!("{name} cannot be read to its end: it ends in the middle")),
            "{stderr}"
        );
        assert!(stderr.contains(" bytes, up to line "), "{stderr}");
    }
    // Where nothing was found, nothing is known.
    let quiet = gzip(&noise(20_000));
    fs::write(home.path("quiet.gz"), &quiet[..quiet.len() / 2]).unwrap();
    let (code, stdout, stderr) = text(&home.run(&["explain", "quiet.gz"]));
    assert_eq!((code, stdout.as_str()), (Some(3), ""), "{stderr}");
    assert!(
        stderr.contains("quiet.gz cannot be read to its end") && stderr.contains("no ECR failure"),
        "{stderr}"
    );
    // One file that cannot be read keeps nobody from the others.
    home.write("good.log", &failure(), 0o644);
    let (code, found, stderr) = found(&home, &["quiet.gz", "good.log"]);
    assert_eq!((code, found), (Some(1), vec![("token-expired".to_owned(), 1)]), "{stderr}");
    assert!(stderr.contains("quiet.gz cannot be read to its end"), "{stderr}");
}

#[test]
fn what_was_joined_is_read_to_its_end() {
    let home = Home::bare();
    fs::write(home.path("joined.gz"), [gzip("quiet\n"), gzip("quiet\n"), gzip(&failure())].concat()).unwrap();
    let frame = |text: &str| compress_to_vec(text.as_bytes(), CompressionLevel::Fastest);
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"xyz"].concat();
    let frames = [skipped.clone(), frame("quiet\n"), skipped, frame("quiet\n"), frame(&failure())].concat();
    fs::write(home.path("joined.zst"), frames).unwrap();
    for name in ["joined.gz", "joined.zst"] {
        let (code, found, stderr) = found(&home, &[name]);
        assert_eq!((code, found), (Some(1), vec![("token-expired".to_owned(), 3)]), "{name}: {stderr}");
    }
}

/// A zstd frame whose decoder is told to keep so many bytes, as powers of two; its blocks are not compressed.
fn frame(window_log: u8, content: &[u8], repeats: usize) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, (window_log - 10) << 3];
    // Blocks of one byte that is repeated.
    for _ in 0..repeats {
        let header = u32::try_from(1 << 1 | (128 * 1024) << 3).unwrap();
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(b'x');
    }
    let header = u32::try_from(1 | content.len() << 3).unwrap();
    frame.extend_from_slice(&header.to_le_bytes()[..3]);
    frame.extend_from_slice(content);
    frame
}

#[test]
fn a_zstd_file_that_asks_for_much_memory_does_not_get_it_and_the_way_round_is_told() {
    let home = Home::bare();
    let end = format!("\n{}\n", failure());
    for window_log in [27, 31] {
        fs::write(home.path("long.zst"), frame(window_log, end.as_bytes(), 10)).unwrap();
        let (code, _, stderr) = text(&home.run(&["explain", "long.zst"]));
        assert_eq!(code, Some(3), "{stderr}");
        assert!(stderr.contains("zstd -dc --long=31 long.zst | ecrpass explain -"), "{stderr}");
    }
    fs::write(home.path("ultra.zst"), frame(24, end.as_bytes(), 10)).unwrap();
    let (code, found, stderr) = found(&home, &["ultra.zst"]);
    assert_eq!((code, found), (Some(1), vec![("token-expired".to_owned(), 2)]), "{stderr}");
}

/// The most memory that `ecrpass explain` has used for what it was given, in kB, while it waits for more.
fn memory(home: &Home, pieces: impl Iterator<Item = Vec<u8>>) -> u64 {
    let mut child = home
        .command(&["explain", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for piece in pieces {
        if stdin.write_all(&piece).is_err() {
            break;
        }
    }
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    drop(stdin);
    child.wait().unwrap();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    most.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn no_input_takes_more_than_a_little_memory() {
    let home = Home::bare();
    let megabyte = |text: &str| {
        let bytes = text.repeat((1 << 20) / text.len()).into_bytes();
        move || bytes.clone()
    };
    // More than may be held, so that whatever is held of it shows.
    let endless = |piece: &dyn Fn() -> Vec<u8>| memory(&home, (0..48).map(|_| piece()));
    let storm = format!("{}\n", failure());
    for (name, text) in
        [("zeros", "\0"), ("letters", "x"), ("new lines", "\n"), ("records", "},{"), ("storm", &storm)]
    {
        let most = endless(&megabyte(text));
        assert!(most < MOST, "{name}: {most} kB");
    }
    // Every line another, and a failure.
    let most = memory(
        &home,
        (0..4_u64).map(|piece| {
            let name = |n: u64| {
                (n * 7_919 + piece).to_string().bytes().map(|b| char::from(b + 49)).collect::<String>()
            };
            (0..500)
                .map(|n| format!("{} {}\n", name(n), failure().replace("team/app", &name(n))))
                .collect::<String>()
                .into_bytes()
        }),
    );
    assert!(most < MOST, "images: {most} kB");
    // A megabyte that holds a thousand, twice.
    let zeros = vec![0; 64 << 20];
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&zeros).unwrap();
    let bomb = bomb.finish().unwrap();
    let most = memory(&home, [bomb.clone(), bomb].into_iter());
    assert!(most < MOST, "gzip: {most} kB");
    let most = memory(&home, [frame(24, b"x", 600), frame(24, b"x", 1)].into_iter());
    assert!(most < MOST, "zstd: {most} kB");
}
