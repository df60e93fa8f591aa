//! Commands in front of commands (`sudo`, `env`, `ssh host`), and commands that run a text (`sh -c '…'`, `eval`).

use super::model::{Command, Word};
use super::reader::{DEEPEST, Reader};
use super::words::{Piece, RawWord};
use crate::known::Known;
use crate::passage::Passage;

/// Shells.
pub(super) const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "sh.exe"];

/// A wrapper: its name, the options that take a value, and how many words of its own follow.
struct Wrapper {
    name: &'static str,
    valued: &'static [&'static str],
    own: usize,
}

const WRAPPERS: &[Wrapper] = &[
    Wrapper { name: "sudo", valued: &["-u", "-g", "-h", "-p", "-C", "-T", "-r", "-t", "-U", "-D"], own: 0 },
    Wrapper { name: "doas", valued: &["-u", "-C"], own: 0 },
    Wrapper { name: "env", valued: &["-u", "-C", "-S"], own: 0 },
    Wrapper { name: "exec", valued: &["-a"], own: 0 },
    Wrapper { name: "command", valued: &[], own: 0 },
    Wrapper { name: "builtin", valued: &[], own: 0 },
    Wrapper { name: "eval", valued: &[], own: 0 },
    Wrapper { name: "nohup", valued: &[], own: 0 },
    Wrapper { name: "time", valued: &["-o", "-f"], own: 0 },
    Wrapper { name: "nice", valued: &["-n"], own: 0 },
    Wrapper { name: "ionice", valued: &["-c", "-n"], own: 0 },
    Wrapper { name: "chronic", valued: &[], own: 0 },
    Wrapper { name: "unbuffer", valued: &[], own: 0 },
    Wrapper { name: "winpty", valued: &[], own: 0 },
    Wrapper { name: "stdbuf", valued: &["-i", "-o", "-e"], own: 0 },
    Wrapper { name: "timeout", valued: &["-s", "-k"], own: 1 },
    Wrapper { name: "travis_retry", valued: &[], own: 0 },
    Wrapper {
        name: "retry",
        valued: &["-t", "-d", "-n", "-c", "-s", "--tries", "--delay", "--times"],
        own: 0,
    },
    Wrapper { name: "xargs", valued: &["-I", "-n", "-P", "-L", "-d", "-a", "-E", "-s"], own: 0 },
    Wrapper { name: "flock", valued: &["-w", "-E"], own: 1 },
    Wrapper { name: "watch", valued: &["-n"], own: 0 },
    Wrapper { name: "gosu", valued: &[], own: 1 },
    Wrapper { name: "su-exec", valued: &[], own: 1 },
    Wrapper { name: "chroot", valued: &[], own: 1 },
    Wrapper { name: "runuser", valued: &["-u", "-g"], own: 0 },
    Wrapper { name: "tini", valued: &["-e"], own: 0 },
    Wrapper { name: "dumb-init", valued: &[], own: 0 },
    Wrapper { name: "systemd-run", valued: &["-p", "-u", "-t", "--unit", "--on-calendar"], own: 0 },
    Wrapper {
        name: "ssh",
        valued: &[
            "-i", "-p", "-l", "-o", "-F", "-J", "-L", "-R", "-D", "-b", "-c", "-e", "-m", "-W", "-w", "-S",
            "-E",
        ],
        own: 1,
    },
];

/// Programs that run what stands behind `--`.
const BEHIND_DASHES: [&str; 12] = [
    "kubectl",
    "oc",
    "aws-vault",
    "chamber",
    "op",
    "doppler",
    "dotenv",
    "teller",
    "granted",
    "mise",
    "saml2aws",
    "k3s",
];

/// How many words in front of a command belong to wrappers.
pub(super) fn count(words: &[RawWord]) -> usize {
    let mut count = 0;
    for _ in 0..8 {
        let rest = words.get(count..).unwrap_or_default();
        match own_words(rest) {
            Some(own) if own > 0 && own < rest.len() => count += own,
            _ => break,
        }
    }
    count
}

fn name_of(word: &RawWord) -> &str {
    let name = word.word.value.exactly().unwrap_or_default();
    name.rsplit('/').next().unwrap_or(name)
}

/// How many of the words are the first wrapper's.
fn own_words(words: &[RawWord]) -> Option<usize> {
    let name = name_of(words.first()?);
    let raw = |index: usize| words.get(index).map(|word| word.word.raw.as_str());
    if BEHIND_DASHES.contains(&name) {
        let is_exec = matches!(
            name,
            "aws-vault"
                | "chamber"
                | "op"
                | "doppler"
                | "dotenv"
                | "teller"
                | "granted"
                | "mise"
                | "saml2aws"
        ) || words.iter().any(|word| word.word.is("exec"));
        let dashes = words.iter().position(|word| word.word.is("--"))?;
        return is_exec.then_some(dashes + 1);
    }
    if matches!(name, "docker" | "podman" | "nerdctl") && raw(1) == Some("exec") {
        let valued = ["-e", "-u", "-w", "--env", "--user", "--workdir", "--env-file", "--detach-keys"];
        return Some(options(words, 2, &valued) + 1);
    }
    if matches!(name, "docker-compose") && raw(1) == Some("exec") {
        return Some(options(words, 2, &["-e", "-u", "-w", "--env", "--user", "--workdir", "--index"]) + 1);
    }
    let wrapper = WRAPPERS.iter().find(|wrapper| wrapper.name == name)?;
    if name == "command" && matches!(raw(1), Some("-v" | "-V")) {
        return None;
    }
    let mut own = options(words, 1, wrapper.valued) + wrapper.own;
    // `retry 3 command`, `timeout 10`.
    while matches!(name, "retry" | "travis_wait")
        && raw(own).is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
    {
        own += 1;
    }
    // `sudo A=1 command`; those of `env` are assignments already.
    while matches!(name, "sudo" | "doas" | "env") && raw(own).is_some_and(is_setting) {
        own += 1;
    }
    Some(own)
}

fn is_setting(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// The index behind the options that begin at an index.
fn options(words: &[RawWord], mut at: usize, valued: &[&str]) -> usize {
    while let Some(word) = words.get(at) {
        let raw = word.word.raw.as_str();
        if raw == "--" {
            return at + 1;
        }
        if !raw.starts_with('-') || raw == "-" {
            break;
        }
        at += if valued.contains(&raw) || ends_valued(raw, valued) { 2 } else { 1 };
    }
    at
}

/// Whether the last of several options in one word takes a value: `-iu ada`. Behind another one that does stands its value.
fn ends_valued(word: &str, valued: &[&str]) -> bool {
    let letters =
        word.strip_prefix('-').filter(|letters| letters.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let is_valued = |letter: char| valued.iter().any(|option| option.len() == 2 && option.ends_with(letter));
    letters.is_some_and(|letters| letters.find(is_valued).is_some_and(|at| at + 1 == letters.len()))
}

/// Whether a command runs what it reads: `bash`, `sudo sh -s`, `ssh host`, `docker exec -i name sh`.
pub(super) fn runs_its_input(command: &Command) -> bool {
    let rest = command.words.get(1..).unwrap_or_default();
    // `ssh host 'bash -s' <<EOF` has both in one word.
    let program = command.program().split_whitespace().next().unwrap_or_default();
    let takes_input = |word: &Word| word.raw.starts_with(['-', '+']) || word.raw == "/dev/stdin";
    match program {
        "ssh" | "su" => true,
        _ if SHELLS.contains(&program) => {
            rest.first().is_none_or(takes_input) && !rest.iter().any(is_command_option)
        }
        _ => false,
    }
}

/// `-c`, `-lc`, `-ec`.
fn is_command_option(word: &Word) -> bool {
    let raw = word.raw.as_str();
    raw.starts_with('-') && !raw.starts_with("--") && raw.ends_with('c') && raw.len() <= 6
}

/// The words of a command that are scripts themselves.
pub(super) fn scripts(words: &[RawWord]) -> Vec<&RawWord> {
    let Some((program, rest)) = words.split_first() else { return Vec::new() };
    let name = name_of(program);
    let candidates: Vec<&RawWord> = match name {
        // `eval '…'` and `ssh host '…'`: a wrapper in front of a single word, which is the whole script.
        _ if rest.is_empty() && program.word.raw.contains([' ', '\t', '\n', ';', '|']) => vec![program],
        "su" | "runuser" | "script" | "vagrant" => {
            behind(rest, |word| matches!(word.raw.as_str(), "-c" | "--command"))
        }
        "cmd" => behind(rest, |word| word.raw.eq_ignore_ascii_case("/c")),
        _ if SHELLS.contains(&name) => behind(rest, is_command_option),
        // `docker run image sh -c '…'`: in the image, and often with the machine's configuration mounted.
        "docker" | "podman" | "nerdctl" | "docker-compose" => {
            let shell = rest.iter().position(|word| SHELLS.contains(&name_of(word)));
            shell
                .and_then(|shell| rest.get(shell..))
                .map(|rest| behind(rest, is_command_option))
                .unwrap_or_default()
        }
        _ => Vec::new(),
    };
    // What is made by an expansion alone was run where it is made.
    candidates
        .into_iter()
        .filter(|word| word.pieces.iter().any(|(range, value)| value.is_none() && !range.is_empty()))
        .collect()
}

fn behind(words: &[RawWord], is_option: impl Fn(&Word) -> bool) -> Vec<&RawWord> {
    let option = words.iter().position(|word| is_option(&word.word));
    option.and_then(|option| words.get(option + 1)).into_iter().collect()
}

impl Reader<'_, '_, '_> {
    /// The text that pieces make, with its places.
    pub(super) fn passage_of(&self, pieces: &[Piece]) -> Passage {
        Passage::of_passages(pieces.iter().filter_map(|(range, _)| self.passage.part(range.clone())))
    }

    /// Reads a script that stands in a word or here-document.
    pub(super) fn nested(&mut self, pieces: &[Piece], around: Vec<Word>) {
        if self.state.depth >= DEEPEST {
            return;
        }
        let passage = self.passage_of(pieces);
        let mut opaque: Vec<(std::ops::Range<usize>, Known)> = Vec::new();
        let mut at = 0;
        for (range, value) in pieces {
            if let Some(value) = value {
                opaque.push((at..at + range.len(), value.clone()));
            }
            at += range.len();
        }
        self.state.depth += 1;
        let outside = std::mem::replace(&mut self.state.context.wrappers, around);
        let was_in_text = std::mem::replace(&mut self.state.context.in_text, true);
        let mut inner = Reader::new(&passage, self.state);
        inner.opaque = opaque;
        inner.read_all();
        self.state.context.wrappers = outside;
        self.state.context.in_text = was_in_text;
        self.state.depth -= 1;
    }
}
