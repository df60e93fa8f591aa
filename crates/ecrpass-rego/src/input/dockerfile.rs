//! A Dockerfile as the list of its instructions, each with the fields conftest gives it. Source:
//! open-policy-agent/conftest `parser/docker/docker.go`.

use std::ops::Range;

use serde_json::{Value, json};

/// An instruction or a comment.
pub(crate) struct Instruction {
    /// Its bytes in the file.
    pub bytes: Range<usize>,
    value: Value,
}

/// The instructions of a text as one document.
pub(super) fn read(text: &str) -> Value {
    Value::Array(instructions(text).into_iter().map(|instruction| instruction.value).collect())
}

/// The instructions of a text in their order, comments included.
pub(crate) fn instructions(text: &str) -> Vec<Instruction> {
    let escape = escape(text);
    let mut found = Vec::new();
    let mut stages = 0_usize;
    let mut lines = Lines { text, at: 0 };
    while let Some((start, line)) = lines.next() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        if let Some(comment) = trimmed.strip_prefix('#') {
            let stage = stages.saturating_sub(1);
            let value = json!({
                "Cmd": "comment", "SubCmd": "", "JSON": false, "Flags": [], "Value": [comment.trim()], "Stage": stage,
            });
            found.push(Instruction { bytes: start..start + line.trim_end().len(), value });
            continue;
        }
        let mut logical = String::new();
        let mut current = line;
        let mut end = start + line.trim_end().len();
        while let Some(kept) = current.trim_end().strip_suffix(escape) {
            logical.push_str(kept);
            let Some((from, next)) = lines.next_but_comments() else { break };
            current = next;
            end = from + next.trim_end().len();
        }
        if !current.trim_end().ends_with(escape) {
            logical.push_str(current.trim_end());
        }
        let keyword = logical.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        if ["run", "copy", "add"].contains(&keyword.as_str()) {
            for word in heredocs(&logical) {
                let (document, behind) = lines.document(&word);
                logical.push('\n');
                logical.push_str(document);
                end = behind;
            }
        }
        if keyword == "from" {
            stages += 1;
        }
        found.push(Instruction { bytes: start..end, value: instruction(&logical, stages.saturating_sub(1)) });
    }
    found
}

/// The lines of a text with their first bytes.
struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.split_inclusive('\n').next()?;
        let start = self.at;
        self.at += line.len();
        Some((start, line))
    }

    /// The next line that goes on with an instruction: comments and empty lines between do not end it.
    fn next_but_comments(&mut self) -> Option<(usize, &'a str)> {
        loop {
            let (start, line) = self.next()?;
            let trimmed = line.trim_start();
            if !trimmed.is_empty() && !trimmed.starts_with('#') {
                return Some((start, line));
            }
        }
    }

    /// A here-document up to its end mark, and where it ends.
    fn document(&mut self, word: &str) -> (&'a str, usize) {
        let start = self.at;
        let mut end = start;
        while let Some((from, line)) = self.next() {
            end = from + line.trim_end().len();
            if line.trim_start_matches('\t').trim_end() == word {
                break;
            }
        }
        (self.text.get(start..end).unwrap_or_default(), end)
    }
}

/// The character that continues a line: `# escape=` at the top may change it.
fn escape(text: &str) -> char {
    let directives = text.lines().map(str::trim).take_while(|line| line.starts_with('#'));
    for directive in directives {
        let words = directive.trim_start_matches('#').trim().to_ascii_lowercase();
        match words.split_once('=') {
            Some((name, value)) if name.trim() == "escape" && value.trim() == "`" => return '`',
            Some(_) => {}
            None => break,
        }
    }
    '\\'
}

/// The end marks of the here-documents that a line begins.
fn heredocs(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in line.split_whitespace() {
        let Some((before, word)) = part.split_once("<<") else { continue };
        let word = word.trim_start_matches('-').trim_matches(['"', '\'']);
        let is_word = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_word && before.chars().all(|c| c.is_ascii_digit()) {
            words.push(word.to_owned());
        }
    }
    words
}

fn instruction(logical: &str, stage: usize) -> Value {
    let (keyword, rest) = split_word(logical);
    let keyword = keyword.to_ascii_lowercase();
    let mut rest = rest;
    let mut inner = String::new();
    if keyword == "onbuild" {
        let (sub, behind) = split_word(rest);
        inner = sub.to_ascii_lowercase();
        rest = behind;
    }
    let mut flags = Vec::new();
    while rest.starts_with("--") {
        let (flag, behind) = split_word(rest);
        flags.push(flag.to_owned());
        rest = behind;
    }
    let of = if inner.is_empty() { keyword.as_str() } else { inner.as_str() };
    let list = serde_json::from_str::<Vec<String>>(rest).ok().filter(|_| rest.starts_with('['));
    let is_json = list.is_some() && of != "from";
    let values = list.unwrap_or_else(|| values(of, rest));
    json!({
        "Cmd": keyword, "SubCmd": inner, "JSON": is_json, "Flags": flags, "Value": values, "Stage": stage,
    })
}

/// The first word, and what is behind it.
fn split_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    match text.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim()),
        None => (text, ""),
    }
}

/// The values of an instruction as buildkit's parser splits them.
fn values(keyword: &str, rest: &str) -> Vec<String> {
    match keyword {
        "run" | "cmd" | "entrypoint" | "user" | "workdir" | "stopsignal" | "maintainer" => {
            vec![rest.to_owned()]
        }
        "env" | "label" => pairs(rest),
        _ => words(rest),
    }
}

/// `a=1 b="2 3"` as `a`, `1`, `=`, `b`, `"2 3"`, `=`; the old form `a 1 2` as `a`, `1 2` and nothing.
fn pairs(rest: &str) -> Vec<String> {
    let all = words(rest);
    if !all.first().is_some_and(|first| first.contains('=')) {
        let (name, value) = split_word(rest);
        return vec![name.to_owned(), value.to_owned(), String::new()];
    }
    let triple = |word: &String| {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        [name.to_owned(), value.to_owned(), "=".to_owned()]
    };
    all.iter().flat_map(triple).collect()
}

/// Words as they are written, quotes kept; blanks in quotes do not end one.
fn words(rest: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut is_escaped) = (Vec::new(), String::new(), None, false);
    for c in rest.chars() {
        if c.is_whitespace() && quote.is_none() && !is_escaped {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        match (quote, c) {
            _ if is_escaped => {}
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        is_escaped = !is_escaped && c == '\\';
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_have_their_fields() {
        let text = "# syntax=docker/dockerfile:1\nARG V=1\nFROM --platform=linux/amd64 a:${V} AS build\nENV A=1 \\\n  # between\n  B=\"2 3\"\nRUN --mount=type=cache,target=/x make \\\n    all\nRUN <<EOF\nset -e\n# inside\nEOF\nFROM scratch\nCOPY --from=build /a /b\nCMD [\"sh\", \"-c\"]\nONBUILD RUN x y\nENV OLD two words\n";
        let all: Vec<Value> = instructions(text).into_iter().map(|one| one.value).collect();
        let of =
            |index: usize| (&all[index]["Cmd"], &all[index]["Value"], all[index]["Stage"].as_u64().unwrap());
        assert_eq!(of(0), (&json!("comment"), &json!(["syntax=docker/dockerfile:1"]), 0));
        assert_eq!(of(1), (&json!("arg"), &json!(["V=1"]), 0));
        assert_eq!(of(2), (&json!("from"), &json!(["a:${V}", "AS", "build"]), 0));
        assert_eq!(all[2]["Flags"], json!(["--platform=linux/amd64"]));
        assert_eq!(of(3), (&json!("env"), &json!(["A", "1", "=", "B", "\"2 3\"", "="]), 0));
        assert_eq!(of(4), (&json!("run"), &json!(["make     all"]), 0));
        assert_eq!(of(5), (&json!("run"), &json!(["<<EOF\nset -e\n# inside\nEOF"]), 0));
        assert_eq!(of(6), (&json!("from"), &json!(["scratch"]), 1));
        assert_eq!(of(7), (&json!("copy"), &json!(["/a", "/b"]), 1));
        assert_eq!((of(8).1, &all[8]["JSON"]), (&json!(["sh", "-c"]), &json!(true)));
        assert_eq!(
            (of(9).0, &all[9]["SubCmd"], of(9).1),
            (&json!("onbuild"), &json!("run"), &json!(["x y"]))
        );
        assert_eq!(of(10).1, &json!(["OLD", "two words", ""]));
        let places: Vec<&str> = instructions(text).iter().map(|one| &text[one.bytes.clone()]).collect();
        assert_eq!(places[5], "RUN <<EOF\nset -e\n# inside\nEOF");
        assert_eq!(places[3], "ENV A=1 \\\n  # between\n  B=\"2 3\"");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in "(FROM a\n|RUN <<E\n|E\n|# escape=`\n|ENV [A-Z =\"\\\\`é]{0,9}\n|[ -~é\\\\]{0,8}\n?){0,8}") {
            for one in instructions(&text) {
                proptest::prop_assert!(text.get(one.bytes).is_some());
            }
        }
    }
}
