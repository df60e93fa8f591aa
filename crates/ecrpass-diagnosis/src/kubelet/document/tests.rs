//! What the kubelet sees of YAML and JSON, and with what it does not start.

use super::*;

fn root(text: &str) -> Value {
    read(text, false).unwrap().root.unwrap()
}

fn refused(text: &str) -> String {
    match read(text, false) {
        Err(Unreadable::Wrong(mistake)) => format!("{} {}", mistake.at, mistake.what),
        Err(Unreadable::TooLarge(..)) => "too large".to_owned(),
        Ok(document) => {
            document.mistakes.iter().map(|mistake| format!("{} {}", mistake.at, mistake.what)).collect()
        }
    }
}

#[test]
fn a_brace_is_json() {
    assert_eq!(root("{\"a\": \"b\"}").get("a").unwrap().value.text(), Some("b"));
    for text in ["{a: b}", "{\"a\": [1,]}", "{'a': 1}", "\n {\"a\": 1} x", "{\"a\": \"b\nc\"}"] {
        assert!(refused(text).contains("reads it as JSON"), "{text}");
    }
    // In YAML, none of that is wrong; and behind a mark, the kubelet reads YAML.
    assert_eq!(refused("[{a: b}, {'a': [1,]}]"), "");
    assert!(read("{a: b}", true).is_ok());
}

#[test]
fn what_follows_the_first_document_is_not_read() {
    for (text, unseen) in [
        ("a: b\n---\n", None),
        ("a: b\n---\n# c\n", None),
        ("a: b\n...\n", None),
        ("a: b\n---\nc: d\n", Some(5)),
        ("a: b\n---\n: : {[\n", Some(5)),
    ] {
        let document = read(text, false).unwrap();
        assert_eq!(document.root.unwrap().get("a").unwrap().value.text(), Some("b"), "{text}");
        assert_eq!(document.unseen, unseen, "{text}");
    }
    let first = read("---\n# x\n---\na: b\n", false).unwrap();
    assert_eq!((first.root.map(|root| root.kind), first.unseen), (Some(Kind::Null), Some(8)));
}

#[test]
fn nothing_stands_where_its_dash_is() {
    let text = "a:\n  - x\n  -\n  - # - c\n  - y\n";
    let value = root(text);
    let items: Vec<usize> =
        value.get("a").unwrap().value.items().unwrap().iter().map(|item| item.span.start).collect();
    assert_eq!(items, [7, 11, 15, 27]);
}

#[test]
fn what_yaml_one_one_does_not_take_is_refused() {
    for (text, words) in [
        ("%YAML 1.2\n---\na: b\n", "0 the kubelet reads YAML 1.1"),
        ("%YAML 1.1\n---\na: b\n", ""),
        ("a: b\n\t# c\n", "5 a tab"),
        ("a: \"b\"\n  \t\n", "9 a tab"),
        ("a:\n  - b\n  -\tc\n", "12 a tab"),
        ("a:\tb\t\n", ""),
        ("a: |\n  b\n  \tc\n", ""),
        ("a: [b,\n\tc]\n", ""),
        ("a: b # \u{7}\n", "7 "),
        ("a: b\n# \u{feff}\n", "7 "),
    ] {
        let found = refused(text);
        assert!(found.starts_with(words) && found.is_empty() == words.is_empty(), "{text:?}: {found}");
    }
}

#[test]
fn ends_of_lines_of_yaml_one_one_alone_are_a_doubt() {
    for c in ['\u{85}', '\u{2028}', '\u{2029}'] {
        assert_eq!(read(&format!("a: b{c}c\n"), false).unwrap().doubt.unwrap().at, 4);
    }
    assert_eq!(read("a: b\u{2027}\n---\n\u{2028}", false).unwrap().doubt, None);
}

#[test]
fn merges_bring_nothing_twice() {
    let value = root("a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\nc:\n  <<: [*a, {z: 3}]\n");
    let names = |key: &str| -> Vec<String> {
        value.get(key).unwrap().value.fields().unwrap().iter().map(|field| field.name.clone()).collect()
    };
    assert_eq!((names("b"), names("c")), (vec!["y".into(), "x".into()], vec!["x".into(), "z".into()]));
    assert!(refused("a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n").starts_with("27 `x` is there"));
    assert!(refused("a: &a {x: 1}\nb: {<<: [*a, *a]}\n").contains("`x` is there"));
    assert!(refused("a: &a [x]\nb: {<<: *a}\n").contains("takes over mappings"));
}

#[test]
fn patterns_without_quotes_are_told_from_other_mistakes() {
    let Err(Unreadable::Wrong(mistake)) = read("a:\n  - *.dkr.ecr.*.amazonaws.com\n", false) else {
        panic!()
    };
    assert_eq!((mistake.at, mistake.fix.as_str()), (7, "\"*.dkr.ecr.*.amazonaws.com\""));
    let Err(Unreadable::Wrong(mistake)) = read("a: *secret\n", false) else { panic!() };
    assert!(mistake.what.contains("alias") && !mistake.fix.contains("secret"));
}

#[test]
fn bombs_end_in_an_error() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..20 {
        let alias = format!("*a{},", level - 1).repeat(10);
        bomb.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
    }
    assert!(refused(&bomb).ends_with("aliases make the file too large"));
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for level in 1..1000 {
        chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(refused(&chain).ends_with("nested too deeply"));
    for text in [
        format!("a: {}", "[".repeat(100_000)),
        "- ".repeat(100_000),
        format!("{{\"a\":{}", "[".repeat(100_000)),
    ] {
        assert!(!refused(&text).is_empty());
    }
    assert!(refused("a: &a [*a]").contains("inside"));
    let keys: String = (0..10_000).map(|key| format!("k{key}: 1,")).collect();
    assert!(
        refused(&format!("a: &a {{{keys}}}\nb: {{{}}}", "<<: *a,".repeat(10_000))).ends_with("too large")
    );
    assert_eq!(refused(&"- x\n".repeat(300_000)), "too large");
}
