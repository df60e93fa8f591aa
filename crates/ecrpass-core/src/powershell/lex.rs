//! A line of a POSIX shell in its parts, as far as our own commands go.

/// What a line is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word.
    Word(Word),
    /// `|`
    Pipe,
    /// `&&`
    And,
    /// `;`
    Then,
    /// `2>&1`
    Joined,
    /// `>`
    Into,
    /// `#`, and what follows it.
    Comment(String),
}

impl Token {
    /// Whether it is this word.
    pub fn is_text(&self, text: &str) -> bool {
        matches!(self, Self::Word(word) if word.is(text))
    }
}

/// A word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word(pub Vec<Part>);

/// What a word is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text, out of its quotes.
    Text(String),
    /// A variable's value.
    Variable(String),
    /// `$(command -v PROGRAM)`: where a program is.
    Place(String),
    /// `<registry>`: something that somebody fills in.
    Gap(String),
}

impl Word {
    /// The text, where it is nothing else.
    pub fn text(&self) -> Option<String> {
        self.0
            .iter()
            .map(|part| if let Part::Text(text) = part { Some(text.as_str()) } else { None })
            .collect()
    }

    /// Whether it is this text.
    pub fn is(&self, text: &str) -> bool {
        self.text().as_deref() == Some(text)
    }

    /// `NAME=value` in its two halves.
    pub fn assignment(&self) -> Option<(String, Self)> {
        let (first, rest) = self.0.split_first()?;
        let Part::Text(text) = first else { return None };
        let (name, value) = text.split_once('=')?;
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && name.bytes().next().is_some_and(|b| !b.is_ascii_digit());
        let value = (!value.is_empty()).then(|| Part::Text(value.to_owned()));
        is_name.then(|| (name.to_owned(), Self(value.into_iter().chain(rest.iter().cloned()).collect())))
    }

    /// Texts beside each other as one, and none that is empty beside others.
    fn joined(self) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        let is_alone = self.0.len() == 1;
        for part in self.0 {
            match (parts.last_mut(), part) {
                (_, Part::Text(text)) if text.is_empty() && !is_alone => {}
                (Some(Part::Text(last)), Part::Text(text)) => last.push_str(&text),
                (_, part) => parts.push(part),
            }
        }
        if parts.is_empty() {
            parts.push(Part::Text(String::new()));
        }
        Self(parts)
    }

    fn push(&mut self, c: char) {
        match self.0.last_mut() {
            Some(Part::Text(text)) => text.push(c),
            _ => self.0.push(Part::Text(c.to_string())),
        }
    }
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The tokens of a line; `None` where it has more than these.
pub fn tokens(line: &str) -> Option<Vec<Token>> {
    let mut chars = line.chars().peekable();
    let mut tokens = Vec::new();
    let mut word: Option<Word> = None;
    while let Some(c) = chars.next() {
        let end = |word: &mut Option<Word>, tokens: &mut Vec<Token>| {
            tokens.extend(word.take().map(|word| Token::Word(word.joined())));
        };
        match c {
            ' ' | '\t' => end(&mut word, &mut tokens),
            '|' | '&' | ';' => {
                let twice = chars.next_if_eq(&c).is_some();
                end(&mut word, &mut tokens);
                tokens.push(match (c, twice) {
                    ('|', false) => Token::Pipe,
                    ('&', true) => Token::And,
                    (';', false) => Token::Then,
                    _ => return None,
                });
            }
            '>' => {
                if word.as_ref().is_some_and(|word| word.is("2")) {
                    if chars.next() != Some('&') || chars.next() != Some('1') {
                        return None;
                    }
                    word = None;
                    tokens.push(Token::Joined);
                } else if word.is_none() && chars.peek() == Some(&' ') {
                    tokens.push(Token::Into);
                } else {
                    return None;
                }
            }
            '#' if word.is_none() => {
                tokens.push(Token::Comment(chars.by_ref().collect()));
            }
            '\'' => {
                let word = word.get_or_insert_default();
                // An empty word is one, too.
                word.0.push(Part::Text(String::new()));
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => double_quoted(&mut chars, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(chars.next()?),
            '$' => word.get_or_insert_default().0.push(expansion(&mut chars)?),
            '<' => {
                let mut gap = String::from("<");
                loop {
                    match chars.next()? {
                        '>' => break,
                        c if c.is_ascii_alphanumeric() || "-_ ".contains(c) => gap.push(c),
                        _ => return None,
                    }
                }
                gap.push('>');
                word.get_or_insert_default().0.push(Part::Gap(gap));
            }
            '~' if word.is_none() => {
                word.get_or_insert_default().0.push(Part::Variable("HOME".to_owned()));
            }
            '`' | '(' | ')' | '*' | '?' | '[' | '\n' => return None,
            c => word.get_or_insert_default().push(c),
        }
    }
    tokens.extend(word.map(|word| Token::Word(word.joined())));
    Some(tokens)
}

fn double_quoted(chars: &mut Chars<'_>, word: &mut Word) -> Option<()> {
    word.0.push(Part::Text(String::new()));
    loop {
        match chars.next()? {
            '"' => return Some(()),
            '\\' => match chars.next()? {
                c @ ('"' | '\\' | '$' | '`') => word.push(c),
                c => {
                    word.push('\\');
                    word.push(c);
                }
            },
            '$' => word.0.push(expansion(chars)?),
            '`' => return None,
            c => word.push(c),
        }
    }
}

/// What is behind a `$`.
fn expansion(chars: &mut Chars<'_>) -> Option<Part> {
    let is_of_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let name = |chars: &mut Chars<'_>| {
        let mut name = String::new();
        while let Some(c) = chars.next_if(is_of_name) {
            name.push(c);
        }
        (!name.is_empty()).then_some(name)
    };
    if chars.next_if_eq(&'(').is_some() {
        let mut inside = String::new();
        while let Some(c) = chars.next_if(|c| *c != ')') {
            inside.push(c);
        }
        chars.next()?;
        let program = inside.strip_prefix("command -v ")?.trim();
        let is_plain = program.chars().all(|c| is_of_name(&c) || c == '-' || c == '.');
        return is_plain.then(|| Part::Place(program.to_owned()));
    }
    if chars.next_if_eq(&'{').is_some() {
        let name = name(chars)?;
        return (chars.next() == Some('}')).then_some(Part::Variable(name));
    }
    name(chars).map(Part::Variable)
}
