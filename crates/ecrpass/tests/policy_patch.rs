//! What `ecrpass policy evaluate` proposes, applied by another program.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing

mod common;
#[path = "common/policies.rs"]
mod policies;

use common::{Home, text};
use policies::{HALF, ROLE, evaluate, verdict};
use serde_json::{Value, json};

/// What is proposed is a patch of the file that was given, however it is written.
#[test]
fn the_smallest_change_applies_to_the_file_as_it_is() {
    let home = Home::bare();
    let image = format!("{}/team/app:v1", common::HOST);
    let minified = |text: &str| serde_json::from_str::<Value>(text).unwrap().to_string();
    let single = "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"Ecr:B*\",\"Resource\":\"*\"}}";
    let answer = json!({"RoleName": "ci", "PolicyName": "p", "PolicyDocument": serde_json::from_str::<Value>(HALF).unwrap()});
    for text in [
        HALF.to_owned(),
        HALF.replace("  ", "\t"),
        HALF.trim_end().to_owned(),
        minified(HALF),
        format!("{}\n", minified(HALF)),
        format!("{single}\n"),
        serde_json::to_string_pretty(&answer).unwrap(),
        answer.to_string(),
    ] {
        let arguments =
            ["--principal", ROLE, "--task", "pull", "--resource", &image, "--identity", "role.json"];
        home.write("role.json", &text, 0o600);
        let (_, stdout, _) = evaluate(&home, &arguments);
        // As somebody copies it from the terminal.
        let from = stdout.find("--- role.json").unwrap_or_else(|| panic!("{stdout}"));
        let patch: Vec<&str> = stdout[from..]
            .lines()
            .take_while(|line| {
                ["---", "+++", "@@", " ", "+", "-", "\\"].iter().any(|mark| line.starts_with(mark))
            })
            .collect();
        home.write("change.patch", &format!("{}\n", patch.join("\n")), 0o600);
        let mut command = std::process::Command::new("git");
        home.furnish(&mut command);
        let (code, _, stderr) = text_of(command.args(["apply", "-p0", "change.patch"]));
        assert_eq!(code, Some(0), "{stderr}{stdout}");
        let (code, stdout, stderr) = evaluate(&home, &arguments);
        assert_eq!(code, Some(0), "{stdout}{stderr}");
        // The same for programs.
        let patched = std::fs::read_to_string(home.path("role.json")).unwrap();
        home.write("role.json", &text, 0o600);
        let (_, verdict) = verdict(&home, &arguments);
        home.write("change.patch", verdict["changes"][0]["diff"].as_str().unwrap(), 0o600);
        let mut command = std::process::Command::new("git");
        home.furnish(&mut command);
        assert_eq!(text_of(command.args(["apply", "-p0", "change.patch"])).0, Some(0));
        assert_eq!(std::fs::read_to_string(home.path("role.json")).unwrap(), patched);
    }
}

fn text_of(command: &mut std::process::Command) -> (Option<i32>, String, String) {
    text(&command.output().unwrap())
}
