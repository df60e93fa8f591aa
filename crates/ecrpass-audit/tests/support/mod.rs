//! Fixtures: trees with marks, and the secrets that are filled into them.

#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // fixtures are files; a test's way of failing

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_audit::kind::{FileKind, owner};
use ecrpass_audit::named;
use ecrpass_audit::source::{SourceFile, Tree};

/// When fixtures are looked at.
pub const NOW: i64 = 1_790_000_000;

/// A fixture of a rule.
pub struct Fixture {
    /// For people.
    pub name: String,
    /// Whether the rule finds something.
    pub is_hit: bool,
    pub files: Vec<(String, String)>,
    /// What is found: file, line, and how bad it is, if that is said.
    pub marks: Vec<(String, usize, Option<String>)>,
    pub is_machine: bool,
    /// The files after the safe edits.
    pub fixed: Option<Vec<(String, String)>>,
    /// What must not be seen.
    pub secrets: Vec<String>,
}

impl Fixture {
    pub fn tree(&self) -> Tree {
        tree(&self.files, self.is_machine)
    }
}

/// Files as they are looked at.
pub fn tree(files: &[(String, String)], is_machine: bool) -> Tree {
    let files = files.iter().map(|(path, text)| SourceFile {
        path: path.clone(),
        text: text.clone(),
        kind: FileKind::of(path, text),
        owner: owner(path, !is_machine),
    });
    named::tree(files.collect(), NOW)
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The rules that have a directory.
pub fn slugs() -> Vec<String> {
    let entries = fs::read_dir(directory()).unwrap().map(Result::unwrap);
    let mut slugs: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    slugs.sort();
    slugs
}

/// The fixtures of a rule.
pub fn fixtures(slug: &str) -> Vec<Fixture> {
    let Ok(entries) = fs::read_dir(directory().join(slug)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let stem =
        |path: &Path| path.file_name().unwrap().to_str().unwrap().split('.').next().unwrap().to_owned();
    let mut fixed: BTreeMap<String, &PathBuf> = BTreeMap::new();
    for path in paths.iter().filter(|path| stem(path).starts_with("fixed-")) {
        fixed.insert(stem(path).replace("fixed-", "hit-"), path);
    }
    let mut all = Vec::new();
    for path in paths.iter().filter(|path| !stem(path).starts_with("fixed-")) {
        let stem = stem(path);
        let is_hit = stem.starts_with("hit-");
        assert!(is_hit || stem.starts_with("near-"), "{} is neither hit, near nor fixed", path.display());
        // Both are filled with the same secrets.
        let secrets = Secrets::default();
        let mut fixture = read(path, &secrets);
        fixture.name = format!("{slug}/{}", path.file_name().unwrap().to_str().unwrap());
        fixture.is_hit = is_hit;
        fixture.fixed = fixed.remove(&stem).map(|path| read(path, &Secrets::default()).files);
        fixture.secrets = secrets.made.into_inner();
        all.push(fixture);
    }
    assert!(fixed.is_empty(), "{slug}: {:?} has no hit of its number", fixed.keys());
    all
}

fn read(path: &Path, secrets: &Secrets) -> Fixture {
    let text = fs::read_to_string(path).unwrap();
    let (is_machine, text) = match text.strip_prefix("=== machine\n") {
        Some(rest) => (true, rest),
        None => (false, text.as_str()),
    };
    let mut files: Vec<(String, String)> = Vec::new();
    let mut marks = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(path) = line.strip_prefix("--- ").map(str::trim_end).filter(|path| is_path(path)) {
            files.push((path.to_owned(), String::new()));
            continue;
        }
        let (path, text) =
            files.last_mut().unwrap_or_else(|| panic!("{}: no `--- path` first", path.display()));
        let number = 1 + text.matches('\n').count();
        let (line, found) = unmarked(line);
        marks.extend(found.into_iter().map(|severity| (path.clone(), number, severity)));
        text.push_str(&secrets.fill(&line));
    }
    marks.sort();
    Fixture { name: String::new(), is_hit: false, files, marks, is_machine, fixed: None, secrets: Vec::new() }
}

/// A document's `--- ` of YAML is no path: that has a name in it, and nothing behind it.
fn is_path(text: &str) -> bool {
    !text.is_empty() && !text.contains([' ', ':', '#', '"'])
}

/// A line without its marks, and what they say.
fn unmarked(line: &str) -> (String, Vec<Option<String>>) {
    let (mut text, end) = match line.strip_suffix('\n') {
        Some(text) => (text, "\n"),
        None => (line, ""),
    };
    let mut found = Vec::new();
    while let Some((before, word)) = text.rsplit_once("# <-") {
        let word = word.trim();
        if !["", "error", "warning", "note"].contains(&word) || !before.ends_with([' ', '\t']) {
            break;
        }
        found.push(Some(word.to_owned()).filter(|word| !word.is_empty()));
        text = before.trim_end_matches([' ', '\t']);
    }
    (format!("{text}{end}"), found)
}

/// Secrets, made up the same each time.
pub struct Secrets {
    state: RefCell<u64>,
    made: RefCell<Vec<String>>,
}

impl Default for Secrets {
    fn default() -> Self {
        Self { state: RefCell::new(0x9e37_79b9_7f4a_7c15), made: RefCell::default() }
    }
}

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl Secrets {
    /// Letters of an alphabet, by xorshift.
    fn letters(&self, alphabet: &[u8], count: usize) -> String {
        let mut state = self.state.borrow_mut();
        let letter = |_| {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            char::from(alphabet[usize::try_from(*state >> 33).unwrap() % alphabet.len()])
        };
        (0..count).map(letter).collect()
    }

    fn keep(&self, secret: String) -> String {
        self.made.borrow_mut().push(secret.clone());
        secret
    }

    /// The same for each of its kind within a fixture.
    fn password(&self, is_live: bool) -> String {
        let payload = Self { state: RefCell::new(if is_live { 77 } else { 78 }), made: RefCell::default() };
        let (payload, key) = (payload.letters(BASE64, 1180), payload.letters(BASE64, 178));
        let expiration = if is_live { NOW + 6 * 3600 } else { NOW - 3 * 86400 };
        let token = format!(
            "{{\"payload\":\"{payload}=\",\"datakey\":\"AQEBAH{key}==\",\"version\":\"2\",\"type\":\"DATA_KEY\",\"expiration\":{expiration}}}"
        );
        self.keep(STANDARD.encode(token))
    }

    fn auth(&self, is_live: bool) -> String {
        let auth = STANDARD.encode(format!("AWS:{}", self.password(is_live)));
        self.keep(auth)
    }

    fn config(&self, host: &str, auth: &str) -> String {
        self.keep(STANDARD.encode(format!("{{\"auths\":{{\"{host}\":{{\"auth\":\"{auth}\"}}}}}}")))
    }

    fn hub(&self) -> String {
        self.keep(STANDARD.encode(format!("acme:dckr_pat_{}", "aB3dE5gH7jK9mN1pQ2rS4tU6v8x")))
    }

    /// A line with its placeholders filled in.
    pub fn fill(&self, line: &str) -> String {
        let mut filled = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("@@") {
            filled.push_str(before);
            let Some((name, behind)) = after.split_once("@@") else {
                filled.push_str("@@");
                rest = after;
                continue;
            };
            match self.value(name) {
                Some(value) => filled.push_str(&value),
                None => panic!("there is no @@{name}@@"),
            }
            rest = behind;
        }
        filled + rest
    }

    fn value(&self, name: &str) -> Option<String> {
        if let Some((kind, host)) = name.split_once("_DOCKERCONFIG:") {
            return Some(self.config(host, &self.auth(kind == "LIVE")));
        }
        Some(match name {
            "LIVE_PASSWORD" => self.password(true),
            "EXPIRED_PASSWORD" => self.password(false),
            "LIVE_TOKEN" => self.auth(true),
            "EXPIRED_TOKEN" => self.auth(false),
            "HUB_AUTH" => self.hub(),
            "HUB_DOCKERCONFIG" => self.config("https://index.docker.io/v1/", &self.hub()),
            // Half of it may be seen: it names the key.
            "AKIA" | "ASIA" => format!("{name}{}", self.letters(BASE32, 16)),
            "SECRET" => {
                let letters = self.letters(&BASE64[..62], 38);
                // Of all kinds, whatever chance says.
                self.keep(format!("{letters}a7"))
            }
            "EXAMPLE_AKIA" => ["AKIA", "IOSFODNN7", "EXAMPLE"].concat(),
            "EXAMPLE_SECRET" => ["wJalrXUtnFEMI/K7MDENG/bPxRfiCY", "EXAMPLEKEY"].concat(),
            _ => return None,
        })
    }
}
