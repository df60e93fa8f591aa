//! Who waits for an answer to a message that cannot be read: it is too large to be kept, too deep, or not what the
//! protocol says. Only the outermost members are looked at, byte by byte, and nothing of the message is kept.

use rmcp::model::RequestId;

/// The longest name or id, in bytes as it is written.
const LONGEST: usize = 1_024;

/// How many questions of one line are answered.
const MOST: usize = 64;

/// The questions of a line: an object with a method and an id, or a list of such.
#[derive(Debug, Default)]
pub(super) struct Questions {
    asked: Vec<RequestId>,
    /// How deep what is read now stands.
    depth: usize,
    /// How deep the members of a question stand; none before the first bracket.
    level: Option<usize>,
    is_ended: bool,
    is_in_text: bool,
    is_escaped: bool,
    /// The scalar that is read, as it is written; none where something else stands, or too much.
    word: Option<Vec<u8>>,
    /// The member whose value is read.
    member: Member,
    id: Option<RequestId>,
    has_method: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Member {
    #[default]
    Other,
    Id,
    Method,
}

impl Questions {
    /// Reads on.
    pub(super) fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(*byte);
        }
    }

    /// Who waits for an answer; nobody where the line is no whole message.
    pub(super) fn asked(self) -> Vec<RequestId> {
        if self.is_ended { self.asked } else { Vec::new() }
    }

    fn byte(&mut self, byte: u8) {
        if self.is_in_text {
            self.keep(byte);
            match (self.is_escaped, byte) {
                (true, _) => self.is_escaped = false,
                (false, b'\\') => self.is_escaped = true,
                (false, b'"') => self.is_in_text = false,
                (false, _) => {}
            }
            return;
        }
        let is_member = self.level == Some(self.depth);
        match byte {
            b'{' | b'[' => self.open(byte),
            b'}' | b']' => self.close(is_member),
            b':' if is_member => self.name(),
            b',' if is_member => self.value(),
            b' ' | b'\t' | b'\r' => {}
            _ => {
                self.is_in_text = byte == b'"';
                self.keep(byte);
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.level == Some(self.depth)
            && let Some(word) = &mut self.word
        {
            word.push(byte);
            if word.len() > LONGEST {
                self.word = None;
            }
        }
    }

    fn open(&mut self, byte: u8) {
        // The outermost object is one question, and in a list each object is one.
        if self.level.is_none() {
            self.level = Some(if byte == b'{' { 1 } else { 2 });
        }
        self.word = None;
        self.depth += 1;
        if self.level == Some(self.depth) {
            (self.id, self.has_method, self.member) = (None, false, Member::Other);
            self.word = Some(Vec::new());
        }
    }

    fn close(&mut self, is_member: bool) {
        if is_member {
            self.value();
            if self.has_method && self.asked.len() < MOST {
                self.asked.extend(self.id.take());
            }
        }
        self.depth = self.depth.saturating_sub(1);
        self.is_ended |= self.depth == 0;
        self.word = None;
    }

    fn name(&mut self) {
        self.member = match self.word.as_deref() {
            Some(b"\"id\"") => Member::Id,
            Some(b"\"method\"") => Member::Method,
            _ => Member::Other,
        };
        self.word = Some(Vec::new());
    }

    fn value(&mut self) {
        let word = self.word.replace(Vec::new());
        match self.member {
            Member::Id => self.id = word.and_then(|word| serde_json::from_slice(&word).ok()),
            Member::Method => self.has_method = true,
            Member::Other => {}
        }
        self.member = Member::Other;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test's way of failing
mod tests {
    use super::*;

    fn asked(line: &str) -> Vec<String> {
        let mut questions = Questions::default();
        // As it may come: a byte at a time.
        line.bytes().for_each(|byte| questions.read(&[byte]));
        questions.asked().iter().map(|id| serde_json::to_string(id).unwrap()).collect()
    }

    #[test]
    fn whoever_asks_is_known_by_the_id_wherever_it_stands() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let deep = format!(r#"{{"method": "x", "params": {deep}, "jsonrpc": "2.0", "id": "a\"b"}}"#);
        for (line, ids) in [
            (r#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#, vec!["7"]),
            (r#" { "method" : "x" , "params":{"id":1,"a":[{"id":2}]}, "id" : -3 } "#, vec!["-3"]),
            (deep.as_str(), vec![r#""a\"b""#]),
            (r#"{"id":"}","method":5}"#, vec![r#""}""#]),
            (r#"[{"id":1,"method":"a"},{"method":"b"},{"id":2,"method":"c"}]"#, vec!["1", "2"]),
            // Answers, notifications, and what asks nothing.
            (r#"{"id":7,"result":{"method":"x"}}"#, vec![]),
            (r#"{"method":"x"}"#, vec![]),
            (r#"{"id":null,"method":"x"}"#, vec![]),
            (r#"{"id":{"id":1},"method":"x"}"#, vec![]),
            (r#"{"id":[1],"method":"x"}"#, vec![]),
            (r#"{"a":"\"id\":1,","method":"x"}"#, vec![]),
            (r#"{"id":1,"method":"x""#, vec![]),
            ("", vec![]),
            ("nonsense", vec![]),
            ("}{", vec![]),
            ("[[1]]", vec![]),
            ("\"{\\\"id\\\":1,\\\"method\\\":1}\"", vec![]),
        ] {
            assert_eq!(asked(line), ids, "{}", line.chars().take(80).collect::<String>());
        }
        let long = format!(r#"{{"id":"{}","method":"x"}}"#, "x".repeat(5_000));
        assert_eq!(asked(&long), Vec::<String>::new());
    }
}
