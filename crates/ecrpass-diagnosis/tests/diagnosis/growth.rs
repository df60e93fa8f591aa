//! Repairing, registering, explaining, redacting and masking take time in proportion to the text: a configuration of ten
//! thousand registries is no trap, and neither is a log that is one long line.

use std::time::Duration;

use ecrpass_clients::docker_config::Format;
use ecrpass_clients::repair::{KnownMachine, register, repair};
use ecrpass_core::environment::OperatingSystem;
use ecrpass_core::redact::redact;
use ecrpass_diagnosis::engine::explain::{GATES, explain};
use ecrpass_diagnosis::pseudonymize::Masker;
use ecrpass_json::Document;
use rustix::time::{ClockId, clock_gettime};

const SMALL: usize = 250;

fn host(number: usize) -> String {
    format!("{}.dkr.ecr.us-east-1.amazonaws.com", 100_000_000_000 + number)
}

fn object(members: impl Iterator<Item = String>) -> String {
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}

/// The processor's time for this thread; the best of three, since what else the machine does only ever adds to it.
fn best(run: impl Fn()) -> Duration {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
    };
    let timed = |_| {
        let start = now();
        run();
        now() - start
    };
    (0..3).map(timed).min().unwrap()
}

/// Four times the size may take somewhat more than four times as long; squares take sixteen.
fn assert_grows_from(size: usize, name: &str, run: impl Fn(usize)) {
    let (small, large) = (best(|| run(size)), best(|| run(4 * size)));
    let allowed = small * 9 + Duration::from_millis(20);
    assert!(large < allowed, "{name}: {size} took {small:?}, four times as many took {large:?}");
}

fn assert_grows_with_the_file(name: &str, run: impl Fn(usize)) {
    assert_grows_from(SMALL, name, run);
}

fn repaired(text: &str, changes: usize) {
    let known = KnownMachine {
        now: 1_800_000_000,
        platform: OperatingSystem::Linux,
        is_installed: Some(&|name| name == "ecr-login"),
        registries: &[],
        public_used_in: None,
        delegate: None,
        previous_store: None,
        login: None,
    };
    let repair = repair(text, Format::Current, &known, true).unwrap();
    assert_eq!(repair.changes.len(), changes);
}

#[test]
fn repairing_grows_with_the_file() {
    assert_grows_with_the_file("keys that never match", |count| {
        let members = (0..count).map(|number| format!("\"https://{}\": \"ecr-login\"", host(number)));
        repaired(&format!("{{\"credHelpers\": {}}}", object(members)), count);
    });
    assert_grows_with_the_file("many spellings of one registry", |count| {
        let members = (0..count).map(|number| format!("\"{}/{number}\": \"gone\"", host(0)));
        repaired(&format!("{{\"credHelpers\": {}}}", object(members)), count + 1);
    });
    assert_grows_with_the_file("one key many times", |count| {
        let members = (0..count).map(|_| format!("\"https://{}\": \"ecr-login\"", host(0)));
        repaired(&format!("{{\"credHelpers\": {}}}", object(members)), count);
    });
    assert_grows_with_the_file("stored logins without a helper", |count| {
        let members = (0..count).map(|number| format!("\"{}\": {{\"auth\": \"QVdTOng=\"}}", host(number)));
        repaired(&format!("{{\"auths\": {}}}", object(members)), 2 * count);
    });
    assert_grows_with_the_file("one change beside many logins nobody can read", |count| {
        let members = (0..count).map(|number| format!("\"r{number}.example\": {{\"auth\": \"%\"}}"));
        let text = format!(
            "{{\"auths\": {}, \"credHelpers\": {{\"{}/\": \"ecr-login\"}}}}",
            object(members),
            host(0)
        );
        repaired(&text, 1);
    });
}

#[test]
fn registering_grows_with_the_registries() {
    for text in ["{}", "{\"credHelpers\": null}", "{\"credHelpers\": {\"a\": \"b\", \"c\": \"d\"}}"] {
        assert_grows_with_the_file(text, |count| {
            let hosts: Vec<String> = (0..count).map(host).collect();
            let document = register(Document::parse(text).unwrap(), &hosts, "ecr-login", &|_| false).unwrap();
            assert_eq!(document.text().matches("ecr-login").count(), count);
        });
    }
}

#[test]
fn explaining_grows_with_the_log() {
    let host = host(0);
    for unit in [
        "no basic auth credentials ",
        "no basic auth credentials\n",
        &format!("{host}/"),
        "https://",
        "\\\\",
        "[",
        "\u{1b}[",
        "User: a is not authorized to perform: ecr:x on resource: arn:",
        ".dkr.ecr.",
        "ecr",
        &GATES.concat(),
    ] {
        assert_grows_from(30_000, unit, |size| {
            explain("log", &unit.repeat(size / unit.len()));
        });
    }
}

#[test]
fn redacting_grows_with_the_line() {
    for unit in ["a|", "a:", "token|", "-p login ", "-----BEGIN|", "a:@", "password:"] {
        assert_grows_from(40_000, unit, |size| {
            redact(&unit.repeat(size / unit.len()));
        });
    }
}

#[test]
fn masking_grows_with_the_line() {
    for unit in ["a=", "a+", "a:", "a@", "a.", "\\", "::"] {
        assert_grows_from(10_000, unit, |size| {
            Masker::default().mask(&unit.repeat(size / unit.len()));
        });
    }
}
