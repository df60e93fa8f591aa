//! What YAML and JSON become, with their places, and where reading ends.

use super::*;

fn one(text: &str) -> Node {
    read("x.yaml", text).unwrap().remove(0)
}

#[test]
fn anchors_and_merge_keys_are_followed() {
    let node = one("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  x: 0\nd: *a\n");
    let c = node.get("c").unwrap();
    assert_eq!((c.text_of("x"), c.text_of("y"), c.text_of("z")), (Some("0"), Some("2"), Some("4")));
    assert_eq!(node.at(&["d", "y"]).unwrap().text(), Some("2"));
}

#[test]
fn values_know_their_byte() {
    let text = "ä: 'ö'\nimage: \"x\"\n";
    assert_eq!(one(text).get("image").unwrap().at, text.find('"').unwrap());
    let json = "{\n\t\"image\": \"a\\u002fb\"}";
    let node = read("x.json", json).unwrap().remove(0);
    assert_eq!(node.text_of("image"), Some("a/b"));
    assert_eq!(node.get("image").unwrap().at, json.find("\"a").unwrap());
}

#[test]
fn functions_of_cloudformation_have_one_form() {
    let node = one("a: !Sub 'x${Y}'\nb: !Join ['', [!Ref Z]]\nc: !Other d\n");
    assert_eq!(node.at(&["a", "Fn::Sub"]).and_then(Node::text), Some("x${Y}"));
    let joined = &node.at(&["b", "Fn::Join"]).and_then(Node::items).unwrap()[1];
    assert_eq!(joined.items().unwrap()[0].text_of("Ref"), Some("Z"));
    assert_eq!(node.text_of("c"), Some("d"));
}

#[test]
fn flow_style_is_yaml() {
    assert_eq!(one("{services: {a: {image: x}}}").at(&["services", "a", "image"]).unwrap().text(), Some("x"));
    assert_eq!(read("x.json", "{a: 1}").unwrap_err().format, Format::Json);
    assert_eq!(read("x.yaml", "{{- if .x }}\na: 1").unwrap_err().format, Format::Template);
}

#[test]
fn bombs_end_in_an_error() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..20 {
        let alias = format!("*a{},", level - 1).repeat(10);
        bomb.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
    }
    assert_eq!(read("x.yaml", &bomb).unwrap_err().message, "aliases make the file too large");
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for level in 1..1000 {
        chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert_eq!(read("x.yaml", &chain).unwrap_err().message, "values are nested too deeply");
    let merges = "{<<: *a0},".repeat(100_000);
    let keys: String = (0..10_000).map(|key| format!("k{key}: 1,")).collect();
    assert!(read("x.yaml", &format!("a: &a0 {{{keys}}}\nb: [{merges}]")).is_err());
    assert!(read("x.yaml", &"[".repeat(100_000)).is_err());
    assert!(read("x.json", &"[".repeat(100_000)).is_err());
    assert!(read("x.yaml", &"- ".repeat(100_000)).is_err());
    assert!(read("x.yaml", "a: &a [*a]").is_err());
}
