//! A document in many lines, for people to compare: what is stored is often a single line.

use ecrpass_json::parse;

/// The same document with two spaces for every level; as it is where it has lines already, or is no JSON.
pub fn pretty(text: &str) -> String {
    if text.trim().contains('\n') {
        return text.to_owned();
    }
    match parse(text) {
        Ok(_) => ecrpass_json::pretty(text) + "\n",
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_becomes_many_and_many_stay() {
        let text = r#"{"a":[1,{"b":"c"}],"d":{},"e":[]}"#;
        let expected =
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"c\"\n    }\n  ],\n  \"d\": {},\n  \"e\": []\n}\n";
        assert_eq!(pretty(text), expected);
        assert_eq!(pretty("{\n}"), "{\n}");
        assert_eq!(pretty("{"), "{");
    }
}
