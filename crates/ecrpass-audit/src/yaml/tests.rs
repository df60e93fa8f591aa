//! Tests of the YAML tree.

use proptest::prelude::*;

use super::*;
use crate::passage::Passage;

fn one(text: &str) -> Node {
    read(text).unwrap().remove(0)
}

/// The file's text at each line of a passage, and the line.
fn lines(file: &str, passage: &Passage) -> Vec<(String, String)> {
    let mut from = 0;
    let mut lines = Vec::new();
    for line in passage.text().split_inclusive('\n') {
        let line_end = from + line.trim_end_matches('\n').len();
        let bytes = passage.places(from..line_end);
        lines.push((file[bytes].to_owned(), line.trim_end_matches('\n').to_owned()));
        from += line.len();
    }
    lines
}

#[test]
fn anchors_and_merge_keys_are_followed() {
    let node = one("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  x: 0\nd: *a\n");
    let c = node.get("c").unwrap();
    assert_eq!((c.text_of("x"), c.text_of("y"), c.text_of("z")), (Some("0"), Some("2"), Some("4")));
    assert_eq!(node.at(&["d", "y"]).unwrap().text(), Some("2"));
}

#[test]
fn keys_and_values_know_their_bytes() {
    let text = "ä: 'ö'\n\"image\": \"x\" # c\nlist:\n  - a\n  - b: 1\n\n# end\nflow: [ 1, {a: b} ]\n";
    let node = one(text);
    let (key, value) = node.entry("image").unwrap();
    assert_eq!((&text[key.bytes.clone()], &text[value.bytes.clone()]), ("\"image\"", "\"x\""));
    assert_eq!(comment_after(text, value.bytes.end), Some("c"));
    assert_eq!(&text[node.get("list").unwrap().bytes.clone()], "- a\n  - b: 1");
    assert_eq!(&text[node.get("flow").unwrap().bytes.clone()], "[ 1, {a: b} ]");
    assert_eq!(node.at(&["flow"]).unwrap().items().unwrap()[0].text(), Some("1"));
}

#[test]
fn every_line_of_a_script_is_found_in_its_file() {
    for text in [
        "run: |\n  one\n    two\n\n\n  three ü\n\nnext: 1\n",
        "run: |-\n      one\n      two\nx: 1",
        "run: |2\n    indented\n  less\n",
        "- run: |+ # comment\n    a\n\n    b\n\n- x",
        "run: |\r\n  one\r\n  two\r\n",
    ] {
        let node = one(text);
        let run = node.get("run").or_else(|| node.items()?[0].get("run")).unwrap();
        for (place, line) in lines(text, run.passage().unwrap()) {
            if !line.is_empty() {
                assert_eq!(place, line, "{text:?}");
            }
        }
    }
}

#[test]
fn folded_and_quoted_lines_keep_their_places() {
    for (text, word) in [
        ("run: >\n  docker\n  push\n\n  x\n    more\n  y\n", "push"),
        ("run: >\n  docker\n  push\n\n  x\n    more\n  y\n", "more"),
        ("run: \"a \\\"b\\\" \\\n   docker push\\tx \\u00fc y\"\n", "docker push"),
        ("run: \"a \\\"b\\\" \\\n   docker push\\tx \\u00fc y\"\n", "y"),
        ("run: 'it''s\n  docker\n\n  push'\n", "docker"),
        ("run: 'it''s\n  docker\n\n  push'\n", "push"),
        ("run: docker\n  login\n  there\n", "there"),
        ("{\"run\": \"a\\/b\\ud83d\\ude00 push\"}", "push"),
    ] {
        let node = one(text);
        let passage = node.get("run").unwrap().passage().unwrap();
        let at = passage.text().find(word).unwrap();
        assert_eq!(&text[passage.places(at..at + word.len())], word, "{text:?}");
    }
}

#[test]
fn tags_are_kept_as_written() {
    let node = one("a: !reference [.x, script]\nb: !Sub 'x'\nc: !!binary aGk=\n");
    let tag = |key: &str| node.get(key).unwrap().tag.clone();
    assert_eq!(tag("a").as_deref(), Some("!reference"));
    assert_eq!(tag("b").as_deref(), Some("!Sub"));
    assert_eq!(tag("c").as_deref(), Some("!!binary"));
}

#[test]
fn what_stands_before_a_damage_is_read() {
    let text = "jobs:\n  a:\n    steps:\n      - run: one\n      - run: [\nb: }\n---\nc: 1\n";
    assert!(read(text).is_err());
    let (documents, error) = read_partly(text);
    assert!(error.is_some());
    assert_eq!(documents[0].at(&["jobs", "a"]).unwrap().items_of("steps")[0].text_of("run"), Some("one"));
    assert_eq!(documents.last().unwrap().text_of("c"), Some("1"));
}

#[test]
fn numbers_stay_as_written() {
    let node = one("a: 012345678901\nb: '012345678901'\nc: ~\nd:\n");
    assert_eq!(node.get("a").unwrap().style(), Some(Style::Plain));
    assert_eq!(node.get("b").unwrap().style(), Some(Style::Quoted));
    assert_eq!(node.text_of("a"), Some("012345678901"));
    assert!(node.get("c").unwrap().is_null() && node.get("d").unwrap().is_null());
}

#[test]
fn bombs_end_in_an_error() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..20 {
        let alias = format!("*a{},", level - 1).repeat(10);
        bomb.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
    }
    assert_eq!(read(&bomb).unwrap_err().message, "aliases make the file too large");
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for level in 1..1000 {
        chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert_eq!(read(&chain).unwrap_err().message, "values are nested too deeply");
    for text in
        ["[".repeat(100_000), "- ".repeat(100_000), "a: &a [*a]".to_owned(), "---\n{\n".repeat(10_000)]
    {
        assert!(read(&text).is_err());
    }
}

proptest! {
    #[test]
    fn no_text_panics_and_places_are_inside(text in "([a-z]{0,3}[:|>\\-\\[\\]{}'\"&*!#ü ]{0,3}( |\n|\r\n|\n  |\n    )?){0,40}") {
        let (documents, _) = read_partly(&text);
        let mut rest: Vec<&Node> = documents.iter().collect();
        while let Some(node) = rest.pop() {
            prop_assert!(text.get(node.bytes.clone()).is_some(), "{:?} of {:?}", node.bytes, text);
            if let Some(passage) = node.passage() {
                for byte in 0..passage.text().len() {
                    prop_assert!(passage.place(byte) <= text.len());
                }
            }
            rest.extend(node.items().unwrap_or_default());
            for (key, value) in node.members().unwrap_or_default() {
                prop_assert!(text.get(key.bytes.clone()).is_some());
                rest.push(value);
            }
        }
    }
}
