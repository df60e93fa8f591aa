//! The two flags that lead a kubelet to its credential providers, in the files that its arguments come from.

use super::env_file::{variable, variables};

/// The flags.
pub(super) const CONFIG: &str = "--image-credential-provider-config";
pub(super) const BIN_DIR: &str = "--image-credential-provider-bin-dir";

/// The variable that packages of kubelets leave to the owner of a node.
pub(super) const VARIABLE: &str = "KUBELET_EXTRA_ARGS";

/// How a file with arguments is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Variables for a service, as systemd reads them.
    Variable,
    /// A flag in each line.
    Lines,
}

/// A file that tells the kubelet its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagsFile {
    /// Where it is.
    pub path: String,
    /// How it is written.
    pub style: Style,
}

/// What a kubelet is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Where its configuration of providers is.
    pub config: Option<String>,
    /// The directory of their programs.
    pub bin_dir: Option<String>,
}

impl Flags {
    /// With what the other says where this one says nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { config: self.config.or(other.config), bin_dir: self.bin_dir.or(other.bin_dir) }
    }
}

/// The flags in a text; the last of several counts, as for the kubelet.
pub fn find(text: &str) -> Flags {
    let mut found = Flags::default();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        for (flag, place) in [(CONFIG, &mut found.config), (BIN_DIR, &mut found.bin_dir)] {
            for (at, _) in line.match_indices(flag) {
                let rest = line.get(at + flag.len()..).unwrap_or_default();
                let Some(rest) = rest.strip_prefix(['=', ' ', '\t']) else { continue };
                let rest = rest.trim_start().trim_start_matches(['"', '\'']);
                let end = rest.find([' ', '\t', '"', '\'', '\\']).unwrap_or(rest.len());
                match rest.get(..end) {
                    Some(value) if !value.is_empty() => *place = Some(value.to_owned()),
                    _ => {}
                }
            }
        }
    }
    found
}

/// The text with the flags it lacks; `None` where it is written in a way that is better changed by hand.
pub fn add(text: &str, style: Style, config: &str, bin_dir: &str) -> Option<String> {
    let has = find(text);
    let mut missing = Vec::new();
    if has.config.is_none() {
        missing.push(format!("{CONFIG}={config}"));
    }
    if has.bin_dir.is_none() {
        missing.push(format!("{BIN_DIR}={bin_dir}"));
    }
    if missing.is_empty() {
        return Some(text.to_owned());
    }
    let added = match style {
        Style::Lines => below(text, &missing.join("\n")),
        Style::Variable => in_variable(text, &missing.join(" "))?,
    };
    // Read back, since the kubelet does not start with half of it, and nothing that it was told may get lost.
    let now = find(&added);
    let is_whole = now
        == Flags {
            config: has.config.or(Some(config.to_owned())),
            bin_dir: has.bin_dir.or(Some(bin_dir.to_owned())),
        };
    (is_whole && (style == Style::Lines || keeps_words(text, &added))).then_some(added)
}

/// Whether each variable still has its words, as systemd reads them.
fn keeps_words(before: &str, after: &str) -> bool {
    variables(before).iter().all(|(name, _)| {
        let words = |text| variable(text, name).unwrap_or_default();
        let (old, new) = (words(before), words(after));
        new == old || (name == VARIABLE && new.starts_with(old.trim_end()))
    })
}

fn below(text: &str, line: &str) -> String {
    let newline = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{newline}{line}\n")
}

/// Into the last assignment of the variable, which is the one that counts.
fn in_variable(text: &str, flags: &str) -> Option<String> {
    let mut last = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let words = line.trim_end_matches(['\r', '\n']);
        if words.trim_start().strip_prefix(VARIABLE).is_some_and(|rest| rest.trim_start().starts_with('=')) {
            last = Some(at..at + words.len());
        }
        at += line.len();
    }
    let Some(place) = last else { return Some(below(text, &format!("{VARIABLE}={flags}"))) };
    let line = text.get(place.clone())?;
    let (name, value) = line.split_once('=')?;
    // It goes on in the next line.
    if value.trim_end().ends_with('\\') {
        return None;
    }
    let value = value.trim();
    let new = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
            if inner.contains(quote) {
                return None;
            }
            let space = if inner.trim().is_empty() { "" } else { " " };
            format!("{quote}{}{space}{flags}{quote}", inner.trim_end())
        }
        Some(_) => format!("{value} {flags}"),
        None => flags.to_owned(),
    };
    let (before, after) = (text.get(..place.start)?, text.get(place.end..)?);
    Some(format!("{before}{name}={new}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_found_however_they_are_written() {
        for text in [
            "A=\"--x --image-credential-provider-config=/c --image-credential-provider-bin-dir=/b\"\n",
            "--image-credential-provider-config /c\n--image-credential-provider-bin-dir /b",
            "--image-credential-provider-config=/old\nA='--image-credential-provider-config=\"/c\" --image-credential-provider-bin-dir=/b'",
        ] {
            let found = find(text);
            assert_eq!(
                (found.config.as_deref(), found.bin_dir.as_deref()),
                (Some("/c"), Some("/b")),
                "{text}"
            );
        }
        for text in [
            "",
            "# --image-credential-provider-config=/c",
            "--image-credential-provider-config",
            "--image-credential-provider-configs=/c",
        ] {
            assert_eq!(find(text), Flags::default(), "{text}");
        }
    }

    #[test]
    fn what_is_there_stays() {
        let flags = "--image-credential-provider-config=/c --image-credential-provider-bin-dir=/b";
        for (before, after) in [
            ("", format!("KUBELET_EXTRA_ARGS={flags}\n")),
            ("# note", format!("# note\nKUBELET_EXTRA_ARGS={flags}\n")),
            ("KUBELET_EXTRA_ARGS=\n", format!("KUBELET_EXTRA_ARGS={flags}\n")),
            ("KUBELET_EXTRA_ARGS=--a=b --c\nX=1\n", format!("KUBELET_EXTRA_ARGS=--a=b --c {flags}\nX=1\n")),
            // systemd takes no notice of blanks there.
            ("KUBELET_EXTRA_ARGS = --a\n", format!("KUBELET_EXTRA_ARGS =--a {flags}\n")),
            ("KUBELET_EXTRA_ARGS=\"--a\"", format!("KUBELET_EXTRA_ARGS=\"--a {flags}\"")),
            ("KUBELET_EXTRA_ARGS=''\r\nX=1\r\n", format!("KUBELET_EXTRA_ARGS='{flags}'\r\nX=1\r\n")),
            (
                "KUBELET_EXTRA_ARGS=--a\nKUBELET_EXTRA_ARGS=--b\n",
                format!("KUBELET_EXTRA_ARGS=--a\nKUBELET_EXTRA_ARGS=--b {flags}\n"),
            ),
        ] {
            let added = add(before, Style::Variable, "/c", "/b").unwrap();
            assert_eq!(added.replace("\r\n", "\n"), after.replace("\r\n", "\n"), "{before:?}");
            assert_eq!(add(&added, Style::Variable, "/c", "/b").unwrap(), added, "twice");
        }
        assert_eq!(
            add("--a=b", Style::Lines, "/c", "/b").unwrap(),
            "--a=b\n--image-credential-provider-config=/c\n--image-credential-provider-bin-dir=/b\n"
        );
    }

    #[test]
    fn what_is_not_understood_is_left_alone() {
        for text in [
            "KUBELET_EXTRA_ARGS=--a \\\n  --b\n",
            "KUBELET_EXTRA_ARGS=\"--a\" \"--b\"\n",
            "KUBELET_EXTRA_ARGS=\"--a\n",
            // The second line belongs to the first variable, and so would a third one.
            "X=\"1\nKUBELET_EXTRA_ARGS=--a\n\"\n",
            "X=1 \\\n",
        ] {
            assert_eq!(add(text, Style::Variable, "/c", "/b"), None, "{text}");
        }
    }
}
