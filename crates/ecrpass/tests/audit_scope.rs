//! What `ecrpass audit` looks at of what it is told to look at: links, lists, roots of machines, pipes. Where nothing could
//! be looked at that is no good news; and a baseline keeps what was not looked at.

#![allow(clippy::indexing_slicing)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

mod common;

use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::{Command, Output, Stdio};

use common::{HOST, Home, text};
use serde_json::Value;

const BAD: &str = "#!/bin/sh\n$(aws ecr get-login --no-include-email --region us-east-1)\n";

/// A repository with a script in `d`, and one beside it.
fn repository() -> Home {
    let home = Home::repository();
    home.write("d/a.sh", BAD, 0o644);
    home.write("b.sh", BAD, 0o644);
    home
}

fn run(home: &Home, arguments: &[&str]) -> (Option<i32>, String, String) {
    text(&home.command(arguments).env("PATH", "/usr/bin:/bin").output().unwrap())
}

fn with_list(home: &Home, list: &[u8]) -> Output {
    let mut command = home.command(&["audit", "-"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(list).unwrap();
    child.wait_with_output().unwrap()
}

/// The files of a baseline, one for each finding.
fn files_of(home: &Home, baseline: &str) -> Vec<String> {
    let text = fs::read_to_string(home.path(baseline)).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    let entries = value["findings"].as_array().unwrap().iter();
    entries.map(|entry| entry["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_directory_is_looked_at_by_whatever_name_it_has() {
    let home = repository();
    let outside = Home::bare();
    outside.write("x.sh", BAD, 0o644);
    symlink("d", home.path("link")).unwrap();
    symlink("../d", home.path("d/self")).unwrap();
    symlink(outside.path("."), home.path("away")).unwrap();
    for name in ["d", "link", "link/", "d/self", "link/self", "away", "link/a.sh"] {
        let (code, stdout, stderr) = run(&home, &["audit", name]);
        assert_eq!(code, Some(1), "{name}: {stdout}{stderr}");
        assert!(stdout.contains(".sh:2") && stderr.contains("1 file looked at"), "{name}: {stdout}{stderr}");
    }
}

/// Who names a place means it; without being named it is no part of the repository.
#[test]
fn what_git_ignores_is_looked_at_where_it_is_named() {
    let home = repository();
    home.write(".gitignore", "/out/\nbuild/*\n*.tmp\n", 0o644);
    for name in ["out/a.sh", "out/deep/a.sh", "out/own/a.sh", "build/a.sh", "build/deep/a.sh"] {
        home.write(name, BAD, 0o644);
    }
    home.write("out/.gitignore", "own/\n", 0o644);
    home.write("seen/node_modules.tmp/a.sh", BAD, 0o644);
    home.write("seen/README", "x", 0o644);
    for (names, files) in [
        (&["."][..], 2),
        (&["out"], 2),
        (&["out/"], 2),
        (&["out/deep"], 1),
        (&["out/own"], 1),
        (&["out", "out/deep"], 2),
        (&["build"], 2),
        (&["build/deep"], 1),
        (&[".", "build/deep"], 3),
        (&["d", "out"], 3),
        // Something of it is not ignored.
        (&["seen"], 0),
    ] {
        let (code, stdout, stderr) = run(&home, &[&["audit"][..], names].concat());
        assert_eq!(code, Some(i32::from(files > 0)), "{names:?}: {stdout}{stderr}");
        assert_eq!(stdout.matches(".sh:2").count(), files, "{names:?}: {stdout}{stderr}");
    }
    let mut inside = home.command(&["audit"]);
    assert_eq!(inside.current_dir(home.path("out/deep")).output().unwrap().status.code(), Some(1));
    // What a directory above says is nothing to git in a repository, and to nobody outside of one.
    let home = Home::bare();
    home.write(".gitignore", "*\n", 0o644);
    home.write("repository/.git/HEAD", "ref: refs/heads/main\n", 0o644);
    for place in ["repository", "plain"] {
        home.write(&format!("{place}/a.sh"), BAD, 0o644);
        assert_eq!(run(&home, &["audit", place]).0, Some(1), "{place}");
    }
}

#[test]
fn where_nothing_could_be_looked_at_the_status_is_three() {
    let home = repository();
    fs::create_dir(home.path("empty")).unwrap();
    fs::write(home.path("large.sh"), vec![b'x'; 17 << 20]).unwrap();
    fs::write(home.path("nul.sh"), b"a\0b").unwrap();
    for (arguments, why) in [
        (["--host-root", "missing"].as_slice(), "missing cannot be read"),
        (&["--host-root", "b.sh"], "b.sh cannot be read"),
        (&["--host-root", "empty"], "has none of the files that a machine has"),
        (&["large.sh"], "is larger than 16 MiB"),
        (&["nul.sh"], "it is no text"),
        (&["/dev/zero"], "it is a device"),
    ] {
        let all: Vec<&str> = std::iter::once("audit").chain(arguments.iter().copied()).collect();
        let (code, stdout, stderr) = run(&home, &all);
        assert_eq!(code, Some(3), "{arguments:?}: {stdout}{stderr}");
        assert!(stderr.contains(why) && stderr.contains("Next: "), "{arguments:?}: {stderr}");
        // Nobody's rights are in the way.
        assert!(!stderr.contains("who may read"), "{arguments:?}: {stderr}");
    }
    // A picture was looked at: a list of what changed may have nothing else.
    fs::write(home.path("logo.png"), b"\x89PNG\0\0").unwrap();
    assert_eq!(run(&home, &["audit", "logo.png"]).0, Some(0));
}

#[test]
fn lists_name_files_in_every_way() {
    let home = repository();
    home.write("café.sh", BAD, 0o644);
    let odd = home.path(".").join(std::ffi::OsStr::from_bytes(b"\xff.sh"));
    let has_odd = fs::write(odd, BAD).is_ok();
    for (list, code, said) in [
        (b"missing\n".as_slice(), 3, "None of the files on the list is there"),
        (b"", 0, ""),
        (b"missing\nb.sh\n", 1, "missing is not there"),
        (b"\"caf\\303\\251.sh\"\n", 1, "1 file looked at"),
        (b"b.sh\0d/a.sh\0", 1, "2 files looked at"),
        (b"\xff.sh\0b.sh\0", 1, "2 files looked at"),
        (b"\xff.sh\nb.sh\n", 1, "2 files looked at"),
    ] {
        if list.contains(&0xff) && !has_odd {
            continue;
        }
        let output = with_list(&home, list);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{list:?}: {stderr}");
        assert!(stderr.contains(said), "{list:?}: {stderr}");
    }
}

#[test]
fn a_baseline_keeps_what_was_not_looked_at() {
    let home = repository();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        home.furnish(&mut command);
        let output = command.env("PATH", "/usr/bin:/bin").args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let file = ".ecrpass-baseline.json";
    let write = |more: &[&str]| {
        let all: Vec<&str> = ["audit", "--write-baseline"].into_iter().chain(more.iter().copied()).collect();
        run(&home, &all)
    };
    assert_eq!(write(&["--dry-run"]).1, format!("{file} would hold 2 findings\n"));
    assert!(!home.path(file).exists());
    assert_eq!(write(&[]).0, Some(0));
    fs::write(home.path("plain"), "").unwrap();
    let mode = |name: &str| home.path(name).metadata().unwrap().mode() & 0o777;
    assert_eq!(mode(file), mode("plain"));
    git(&["add", "b.sh"]);
    for restricted in [["b.sh"], ["d"], ["--staged"]] {
        write(&restricted);
        assert_eq!(files_of(&home, file), ["b.sh", "d/a.sh"], "{restricted:?}");
    }
    // What was looked at and is no more goes, also with the file.
    home.write("b.sh", "true\n", 0o644);
    write(&["d"]);
    assert_eq!(files_of(&home, file), ["b.sh", "d/a.sh"]);
    write(&["b.sh"]);
    assert_eq!(files_of(&home, file), ["d/a.sh"]);
    home.write("b.sh", BAD, 0o644);
    write(&[]);
    fs::remove_file(home.path("d/a.sh")).unwrap();
    write(&["d"]);
    assert_eq!(files_of(&home, file), ["b.sh"]);
}

/// Nobody knows what is in the rest of a file that breaks off: what was known of it stays, and stays once.
#[test]
fn a_baseline_keeps_what_was_not_read_to_its_end() {
    let file = ".ecrpass-baseline.json";
    let login = "$(aws ecr get-login --no-include-email --region us-east-1)";
    let job = |name: &str| format!("{name}:\n  script:\n    - {login}\n");
    let pipeline = format!("{}{}", job("a"), job("b"));
    let config = "{\"auths\": {\"x\": {}}, \"credsStore\": \"ecr-login\"}\n";
    for (name, whole, damaged, known) in [
        (".gitlab-ci.yml", pipeline.clone(), format!("{}\tb: [\n", job("a")), 2),
        (".gitlab-ci.yml", pipeline, "a: [\n".to_owned(), 2),
        (".docker/config.json", config.to_owned(), config.replace('}', ""), 1),
    ] {
        let home = repository();
        home.write(name, &whole, 0o644);
        assert_eq!(run(&home, &["audit", "--write-baseline"]).0, Some(0));
        let before = files_of(&home, file);
        assert_eq!(before.iter().filter(|path| *path == name).count(), known, "{before:?}");
        home.write(name, &damaged, 0o644);
        let (_, stdout, stderr) = run(&home, &["audit", "--baseline", file]);
        assert!(!stderr.contains("there no more"), "{name}: {stdout}{stderr}");
        let (_, _, stderr) = run(
            &home,
            &["audit", "--write-baseline", "--rule", "deprecated-get-login,helper-error-on-non-ecr-registry"],
        );
        assert_eq!(files_of(&home, file), before, "{name}: {stderr}");
        // Once it is whole again, nothing is new; what is gone goes.
        home.write(name, &whole, 0o644);
        assert_eq!(run(&home, &["audit", "--baseline", file]).0, Some(0), "{name}");
        fs::remove_file(home.path(name)).unwrap();
        assert_eq!(run(&home, &["audit", "--write-baseline"]).0, Some(0));
        assert_eq!(files_of(&home, file), ["b.sh", "d/a.sh"], "{name}");
    }
    // What cannot be read at all on a machine.
    let home = Home::bare();
    let place = "m/root/.docker/config.json";
    let stored = format!("{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{}\"}}}}}}", common::expired_login());
    home.write(place, &stored, 0o600);
    home.write("m/etc/crontab", "0 0 * * * root true\n", 0o644);
    let write = ["audit", "--host-root", "m", "--write-baseline=known.json"];
    run(&home, &write);
    let before = files_of(&home, "known.json");
    assert_eq!(before, ["root/.docker/config.json"]);
    fs::OpenOptions::new().write(true).open(home.path(place)).unwrap().set_len(17 << 20).unwrap();
    let (_, _, stderr) = run(&home, &write);
    assert_eq!(files_of(&home, "known.json"), before, "{stderr}");
}

#[test]
fn a_damaged_baseline_is_written_anew_and_the_configured_one_is_meant() {
    let home = repository();
    home.write("ecrpass.toml", "[audit]\nbaseline = \"known.json\"\n", 0o644);
    let (code, _, stderr) = run(&home, &["audit"]);
    assert!(code == Some(3) && stderr.contains("--write-baseline="), "{stderr}");
    assert_eq!(run(&home, &["audit", "--write-baseline"]).0, Some(0));
    assert_eq!(run(&home, &["audit"]).0, Some(0));
    assert!(!home.path(".ecrpass-baseline.json").exists());
    let text = fs::read_to_string(home.path("known.json")).unwrap();
    home.write("known.json", &format!("<<<<<<< HEAD\n{text}"), 0o644);
    let (code, _, stderr) = run(&home, &["audit", "--write-baseline", "b.sh"]);
    assert!(code == Some(3) && stderr.contains("for the whole repository"), "{stderr}");
    let (code, _, stderr) = run(&home, &["audit", "--write-baseline"]);
    assert!(code == Some(0) && stderr.contains("was damaged"), "{stderr}");
    assert_eq!(run(&home, &["audit"]).0, Some(0));
    // Whatever is left of it.
    home.write("known.json", "{", 0o644);
    assert_eq!(run(&home, &["audit", "--write-baseline"]).0, Some(0));
    assert_eq!(run(&home, &["audit"]).0, Some(0));
    for wrong in [["--write-baseline", "--fix"], ["--write-baseline", "--unsafe"], ["--dry-run", "."]] {
        assert_eq!(run(&home, &["audit", wrong[0], wrong[1]]).0, Some(2), "{wrong:?}");
    }
}

#[test]
fn comments_that_miss_are_told_and_those_above_a_command_are_for_all_of_it() {
    let home = repository();
    home.write("d/a.sh", &BAD.replace("$(", "# ecrpass:ignore[deprecated-get-login]\n$("), 0o644);
    let (code, _, stderr) = run(&home, &["audit", "d"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("d/a.sh:2: this comment leaves nothing out"), "{stderr}");
    let command = "#!/bin/sh\n# ecrpass: ignore[malformed-registry-host] yes\ndocker run \\\n  123456789012.ecr.us-east-1.amazonaws.com/a \\\n  --foo\n";
    home.write("d/a.sh", command, 0o644);
    let (code, stdout, stderr) = run(&home, &["audit", "d", "--rule", "malformed-registry-host"]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stderr.contains("1 ignored by comments") && !stderr.contains("ignores nothing"), "{stderr}");
}

/// Runs a command with what a shell makes of `<(cat FILE)` for its last argument.
fn with_pipe(home: &Home, arguments: &str, file: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new("/bin/bash");
    home.furnish(&mut command);
    let line = format!("exec {} {arguments} <(sleep 0.1; cat {file})", env!("CARGO_BIN_EXE_ecrpass"));
    // With a place for the helper, which no machine has to have in its own directories.
    let path = format!("{}:/usr/bin:/bin", home.path(".local/bin").display());
    text(&command.env("PATH", path).args(["-c", &line]).output().unwrap())
}

#[test]
fn what_is_read_once_may_come_out_of_a_pipe() {
    let home = repository();
    run(&home, &["audit", "--write-baseline=known.json"]);
    home.write("settings", "[audit]\nexclude = [\"x/\"]\n", 0o644);
    home.write(
        "allow.json",
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
        0o644,
    );
    home.write(
        "pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/app}]}\n",
        0o644,
    );
    let evaluate = "policy evaluate --principal arn:aws:iam::123456789012:role/ci --task pull --resource 123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app --identity";
    let collected = evaluate.replace("--principal arn:aws:iam::123456789012:role/ci ", "");
    let collected = collected.replace("--identity", "--policies");
    for (arguments, file, codes) in [
        ("audit", "b.sh", [1, 1]),
        ("audit . --baseline", "known.json", [0, 0]),
        ("audit . --config", "settings", [1, 1]),
        (evaluate, "allow.json", [0, 1]),
        ("policy explain", "allow.json", [0, 1]),
        ("explain pod", "pod.yaml", [0, 1]),
        // What is in it is another matter; the principal is looked for in it first.
        (&collected, "allow.json", [2, 2]),
        ("alarms check", "allow.json", [3, 3]),
        ("kubelet check", "allow.json", [1, 3]),
        ("doctor --replay", "allow.json", [3, 3]),
        ("setup --dry-run --from", "pod.yaml", [0, 0]),
    ] {
        let (code, stdout, stderr) = with_pipe(&home, arguments, file);
        assert!(code.is_some_and(|code| codes.contains(&code)), "{arguments}: {code:?} {stdout}{stderr}");
        assert!(!stderr.contains("cannot be read"), "{arguments}: {stderr}");
    }
}
