//! `ecrpass` for Windows: `explain`, `resolve` and `fix` with files as Windows' programs write them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::world::{Said, World, of_windows, said};
use crate::command::say;

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// Another registry's login, which nothing may touch.
const OTHER: &str = "dTpzM2NyM3QtZ2hjcg==";

/// How many repair the same file at once.
const CROWD: usize = 6;

struct Ecrpass<'a> {
    world: &'a World,
    program: PathBuf,
    /// The directory of the helper, which is on `PATH`.
    bin: &'a Path,
}

/// Tries them.
pub fn run(world: &World, own: &Path, bin: &Path) -> Result<()> {
    let ecrpass = Ecrpass { world, program: own.join("ecrpass.exe"), bin };
    explain(&ecrpass).context("explain")?;
    resolve(&ecrpass).context("resolve")?;
    fix(&ecrpass).context("fix")?;
    say("  under Wine: explain, resolve and fix");
    Ok(())
}

impl Ecrpass<'_> {
    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.world.command(&self.program);
        command.args(arguments).env("WINEPATH", of_windows(self.bin)).current_dir(&self.world.home);
        command
    }

    fn run(&self, arguments: &[&str]) -> Result<Said> {
        self.run_with(arguments, b"")
    }

    fn run_with(&self, arguments: &[&str], input: &[u8]) -> Result<Said> {
        said(&mut self.command(arguments), input)
    }

    /// Runs it, and holds it to its exit status.
    fn exits(&self, code: i32, arguments: &[&str]) -> Result<Said> {
        let said = self.run(arguments)?;
        ensure!(said.code == Some(code), "{arguments:?} was to exit with {code}: {said:#?}");
        Ok(said)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.world.home.join(name);
        fs::create_dir_all(path.parent().context("it has a directory")?)?;
        fs::write(&path, bytes)?;
        Ok(path)
    }
}

fn contains(said: &Said, text: &str) -> Result<()> {
    ensure!(said.stdout.contains(text) || said.stderr.contains(text), "it lacks `{text}`: {said:#?}");
    Ok(())
}

/// As Windows PowerShell's `>` writes it.
fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// With the mark that Notepad and PowerShell put before UTF-8.
fn marked(text: &str) -> Vec<u8> {
    [b"\xef\xbb\xbf", text.as_bytes()].concat()
}

fn explain(ecrpass: &Ecrpass<'_>) -> Result<()> {
    let log = format!(
        "The push refers to repository [{HOST}/team/app]\r\ndenied: Your authorization token has expired. Reauthenticate and try again.\r\n"
    );
    for (name, bytes) in
        [("plain.log", log.clone().into_bytes()), ("marked.log", marked(&log)), ("utf16.log", utf16(&log))]
    {
        let path = ecrpass.write(&format!("logs of mine/{name}"), &bytes)?;
        let relative = format!("logs of mine\\{name}");
        for path in [relative, of_windows(&path)] {
            let said = ecrpass.exits(1, &["explain", "--format", "json", &path])?;
            let json: Value = serde_json::from_str(&said.stdout)?;
            let finding = json.pointer("/findings/0").with_context(|| format!("{path}: {said:#?}"))?;
            let line = finding.pointer("/evidence/0/line").and_then(Value::as_u64);
            ensure!(finding["id"] == "token-expired" && line == Some(2), "{path}: {finding:#}");
            ensure!(finding.pointer("/details/repository") == Some(&"team/app".into()), "{finding:#}");
        }
        let said = ecrpass.exits(1, &["explain", &format!("logs of mine\\{name}")])?;
        contains(&said, &format!("ecrpass setup {HOST}"))?;
        ensure!(!said.stdout.contains(['\r', '\0']), "{said:#?}");
    }
    let from_input = ecrpass.run_with(&["explain"], log.as_bytes())?;
    ensure!(from_input.code == Some(1), "{from_input:#?}");
    contains(&from_input, "token-expired")?;
    ensure!(ecrpass.run_with(&["explain"], b"all is well\r\n")?.code == Some(0), "of nothing something");
    contains(&ecrpass.exits(3, &["explain", "C:\\nowhere.log"])?, "nowhere.log")?;
    ensure!(ecrpass.exits(0, &["explain", "--list"])?.stdout.lines().count() > 70, "a short catalogue");
    // A command's status and output pass through.
    let script = format!("echo {HOST}: no basic auth credentials& exit 7");
    let said = ecrpass.exits(7, &["explain", "--", "cmd.exe", "/c", &script])?;
    ensure!(said.stdout.starts_with(HOST), "{said:#?}");
    contains(&said, "not-logged-in")
}

fn resolve(ecrpass: &Ecrpass<'_>) -> Result<()> {
    for text in ["{\"credsStore\": \"ecr-login\"}\r\n", "{\r\n\t\"credsStore\": \"ecr-login\"\r\n}"] {
        ecrpass.write(".docker/config.json", text.as_bytes())?;
        contains(&ecrpass.exits(0, &["resolve", HOST])?, "is on PATH; it was not asked")?;
        // Ours has nothing for others.
        contains(&ecrpass.exits(1, &["resolve", "ghcr.io"])?, "anonymous")?;
    }
    let missing = format!("{{\"credHelpers\": {{\"{HOST}\": \"wincred\"}}}}");
    ecrpass.write(".docker/config.json", missing.as_bytes())?;
    contains(&ecrpass.exits(1, &["resolve", HOST])?, "docker-credential-wincred")?;
    // A directory of the user's choice, named as Windows does.
    let elsewhere = ecrpass.write("my docker/config.json", b"{}")?;
    let mut command = ecrpass.command(&["resolve", HOST]);
    let directory = elsewhere.parent().context("it has a directory")?;
    let said = said(command.env("DOCKER_CONFIG", of_windows(directory)), b"")?;
    ensure!(said.code == Some(1), "{said:#?}");
    contains(&said, "my docker\\config.json")
}

/// A login of long ago, another registry, and lines as Windows ends them.
fn broken() -> String {
    let payload =
        r#"{"payload":"c2VjcmV0","datakey":"a2V5","version":"2","type":"DATA_KEY","expiration":1700000000}"#;
    let login = STANDARD.encode(format!("AWS:{}", STANDARD.encode(payload)));
    format!(
        "{{\r\n\t\"auths\" : {{\r\n\t\t\"{HOST}\": {{ \"auth\": \"{login}\" }},\r\n\t\t\"ghcr.io\": {{ \"auth\": \"{OTHER}\" }}\r\n\t}},\r\n\t\"psFormat\": \"x\",\r\n\t\"unknown\": [1,  2]\r\n}}\r\n"
    )
}

fn fix(ecrpass: &Ecrpass<'_>) -> Result<()> {
    let path = ecrpass.write(".docker/config.json", broken().as_bytes())?;
    let beside = || -> Result<Vec<String>> {
        let names = fs::read_dir(path.parent().context("it has a directory")?)?;
        let mut names: Vec<String> =
            names.map(|name| Ok(name?.file_name().to_string_lossy().into_owned())).collect::<Result<_>>()?;
        names.sort();
        Ok(names)
    };
    let shown = ecrpass.exits(1, &["fix", "--offline", "--dry-run"])?;
    ensure!(fs::read_to_string(&path)? == broken(), "--dry-run wrote");
    ensure!(!shown.stdout.contains(OTHER), "another's login is shown: {shown:#?}");
    ensure!(!shown.stdout.contains('\r'), "ends of lines are shown: {shown:#?}");

    let said = ecrpass.exits(0, &["fix", "--offline"])?;
    let fixed = fs::read_to_string(&path)?;
    let config: Value = serde_json::from_str(&fixed)?;
    let at = |names: [&str; 2]| names.iter().try_fold(&config, |value, name| value.get(name));
    ensure!(at(["credHelpers", HOST]).is_some_and(|helper| helper == "ecr-login"), "{fixed}\n{said:#?}");
    let other = at(["auths", "ghcr.io"]).and_then(|login| login.get("auth"));
    ensure!(other.is_some_and(|login| login == OTHER), "{fixed}");
    ensure!(fixed.contains("\t\"unknown\": [1,  2]"), "other lines were written anew: {fixed:?}");
    let bare = fixed.replace("\r\n", "");
    ensure!(!bare.contains(['\r', '\n']), "not all lines end as they did: {fixed:?}");
    for said in [&shown, &said] {
        ensure!(!said.stdout.contains(r"\\?\") && !said.stderr.contains(r"\\?\"), "{said:#?}");
    }
    contains(&ecrpass.exits(0, &["fix", "--offline"])?, "nothing to repair")?;

    ecrpass.exits(0, &["fix", "--undo"])?;
    ensure!(fs::read_to_string(&path)? == broken(), "--undo brought something else back");
    ensure!(beside()? == ["config.json", "config.json.undone-by-ecrpass"], "{:?}", beside()?);
    contains(&ecrpass.exits(1, &["fix", "--undo"])?, "there is no backup")?;

    // What was changed since is not overwritten, and the words name files as Windows does.
    ecrpass.exits(0, &["fix", "--offline"])?;
    fs::write(&path, fs::read_to_string(&path)?.replace("[1,  2]", "[1]"))?;
    let refused = ecrpass.exits(1, &["fix", "--undo"])?;
    ensure!(!refused.stderr.contains(r"\\?\"), "{refused:#?}");

    // A filter, and many at once.
    let filtered = ecrpass.run_with(&["fix", "--config", "-"], broken().as_bytes())?;
    ensure!(filtered.code == Some(0) && filtered.stdout.contains(OTHER), "{filtered:#?}");
    ensure!(filtered.stdout.replace("\r\n", "").find(['\r', '\n']).is_none(), "{filtered:#?}");
    ecrpass.write(".docker/config.json", broken().as_bytes())?;
    let crowd: Vec<Result<Said>> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..CROWD).map(|_| scope.spawn(|| ecrpass.run(&["fix", "--offline"]))).collect();
        all.into_iter().filter_map(|one| one.join().ok()).collect()
    });
    for said in &crowd {
        let said = said.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
        ensure!(said.code == Some(0), "one of a crowd: {said:#?}");
    }
    ensure!(crowd.len() == CROWD && fs::read_to_string(&path)? == fixed, "a crowd wrote something else");
    let left = beside()?.into_iter().filter(|name| name.contains(".ecrpass-")).count();
    ensure!(left == 0, "temporary files are left: {:?}", beside()?);
    Ok(())
}
