//! `ecrpass audit` over what a stranger prepared: a repository whose configuration names programs, settings that name files
//! of the user's, an image whose links lead out of it, names with secrets in them; and over readers that go away.

#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

mod common;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use common::{HOST, Home, git, login_expiring_in, text};

const BAD: &str = "#!/bin/sh\n$(aws ecr get-login --no-include-email --region us-east-1)\n";

fn run(home: &Home, arguments: &[&str]) -> (Option<i32>, String, String) {
    text(&home.command(arguments).env("PATH", "/usr/bin:/bin").output().unwrap())
}

#[test]
fn nothing_that_a_repository_names_is_run() {
    for setting in ["filter.x=y.clean", "filter.x=y.process"] {
        let home = Home::bare();
        git(&home, &["init", "-q"]);
        home.write(".gitattributes", "*.sh filter=x=y\n", 0o644);
        home.write("a.sh", "make\n", 0o644);
        git(&home, &["add", "."]);
        git(&home, &["commit", "-q", "-m", "one"]);
        let ran = home.path("RAN");
        git(&home, &["config", setting, &format!("touch '{}'; cat", ran.display())]);
        home.write("a.sh", BAD, 0o644);
        let (code, stdout, stderr) = run(&home, &["audit", "--since", "HEAD"]);
        assert!(!ran.exists(), "{setting} was run");
        assert_eq!(code, Some(1), "{stdout}{stderr}");
        assert!(stdout.contains("a.sh:2"), "{stdout}{stderr}");
    }
}

#[test]
fn names_that_are_not_utf_8_are_looked_at_where_they_are_staged() {
    let home = Home::bare();
    git(&home, &["init", "-q"]);
    fs::write(home.path("").join(OsStr::from_bytes(b"x\xff.sh")), BAD).unwrap();
    git(&home, &["add", "."]);
    let (code, stdout, stderr) = run(&home, &["audit", "--staged"]);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stdout.contains("x\u{fffd}.sh:2"), "{stdout}{stderr}");
}

#[test]
fn a_baseline_takes_the_place_of_nothing_else() {
    let home = Home::repository();
    home.write("a.sh", BAD, 0o644);
    let outside = Home::bare();
    home.write("package.json", "{\"name\": \"a\"}\n", 0o644);
    for named in
        ["a.sh".to_owned(), "package.json".to_owned(), outside.path("known.json").display().to_string()]
    {
        home.write("ecrpass.toml", &format!("[audit]\nbaseline = {named:?}\n"), 0o644);
        let (code, stdout, stderr) = run(&home, &["audit", "--write-baseline"]);
        assert_eq!(code, Some(3), "{named}: {stdout}{stderr}");
        assert_eq!(fs::read_to_string(home.path("a.sh")).unwrap(), BAD);
        assert!(fs::read_to_string(home.path("package.json")).unwrap().contains("name"), "{named}");
        assert!(!outside.path("known.json").exists(), "{stdout}{stderr}");
    }
    home.write("ecrpass.toml", "[audit]\nbaseline = \"known.json\"\n", 0o644);
    assert_eq!(run(&home, &["audit", "--write-baseline"]).0, Some(0));
    assert_eq!(run(&home, &["audit"]).0, Some(0));
}

#[test]
fn links_of_an_image_lead_to_its_own_files() {
    let image = Home::bare();
    let auth = login_expiring_in(3 * 3600);
    let config = format!("{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{auth}\"}}}}}}\n");
    let elsewhere = Home::bare();
    elsewhere.write("c.json", &config, 0o600);
    fs::create_dir_all(image.path("home/a/.docker")).unwrap();
    fs::create_dir_all(image.path("home/b")).unwrap();
    image.write("root/.bash_history", "ls\n", 0o600);
    let link = image.path("home/a/.docker/config.json");
    let root = image.path("").display().to_string();
    let look = || run(&image, &["audit", "--host-root", &root]);

    symlink(elsewhere.path("c.json"), &link).unwrap();
    let (code, stdout, stderr) = look();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stderr.contains("config.json was not looked at: it is a link to"), "{stdout}{stderr}");

    fs::remove_file(&link).unwrap();
    image.write("opt/c.json", &config, 0o600);
    symlink("/opt/c.json", &link).unwrap();
    let (code, stdout, stderr) = look();
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stdout.contains("live-token-stored") && stdout.contains("home/a/.docker"), "{stdout}{stderr}");
}

#[test]
fn a_secret_in_a_name_is_shown_nowhere() {
    let home = Home::repository();
    let key = ["AKIA", "Q7XR2MPZ", "3LK4VT5B"].concat();
    home.write(&format!("{key}.sh"), BAD, 0o644);
    for format in ["text", "json", "sarif", "github", "gitlab", "junit"] {
        let (code, stdout, stderr) = run(&home, &["audit", "--format", format]);
        assert_eq!(code, Some(1), "{stdout}{stderr}");
        assert!(!stdout.contains(&key) && !stderr.contains(&key), "{format}: {stdout}{stderr}");
    }
    assert_eq!(run(&home, &["audit", "--write-baseline=known.json"]).0, Some(0));
    assert!(!fs::read_to_string(home.path("known.json")).unwrap().contains(&key));
}

#[test]
fn what_is_found_counts_though_nobody_reads_it_and_all_is_fixed() {
    let home = Home::repository();
    let login = format!("docker login -u AWS -p $(aws ecr get-login-password --region us-east-1) {HOST}\n");
    for number in 0..300 {
        home.write(&format!("d/{number}.sh"), &login, 0o644);
    }
    let unread = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        drop(child.stdout.take());
        child.wait().unwrap().code()
    };
    assert_eq!(unread(&["audit"]), Some(1));
    assert_eq!(unread(&["audit", "--format", "sarif"]), Some(1));
    unread(&["audit", "--fix"]);
    let left = fs::read_dir(home.path("d"))
        .unwrap()
        .filter(|file| fs::read_to_string(file.as_ref().unwrap().path()).unwrap().contains(" -p "));
    assert_eq!(left.count(), 0);
}
