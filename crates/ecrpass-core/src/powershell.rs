//! Commands for PowerShell: what is printed on Windows has to run there as it is.
//!
//! Our commands are written for a POSIX shell. One of those words, pipes, variables and the few programs that Windows has
//! under another name is written anew for PowerShell, in the syntax that Windows PowerShell 5.1 knows, too; of anything
//! else nothing is made. Source: Microsoft, "about_Quoting_Rules", "about_Parsing", "about_Operators".

mod lex;

use std::borrow::Cow;

use self::lex::{Part, Token, Word, tokens};
use crate::shell;

/// A text as one word of PowerShell.
pub fn quoted(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/\\._-+:=".contains(c);
    // An option with a dot or a colon in it is read as two words.
    let is_split = text.starts_with('-') && text.contains(['.', ':']);
    if !text.is_empty() && text.chars().all(is_plain) && !is_split && !text.starts_with('=') {
        return Cow::Borrowed(text);
    }
    let mut word = String::from("'");
    for c in text.chars().filter(|c| !c.is_control()) {
        word.push(c);
        // Typographic quotes end a text there as the plain one does.
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            word.push(c);
        }
    }
    word.push('\'');
    Cow::Owned(word)
}

/// A text as a value of PowerShell: what stands behind `=`.
pub fn text(text: &str) -> String {
    let word = quoted(text);
    if word == text { format!("'{text}'") } else { word.into_owned() }
}

/// A line for a POSIX shell as a line of PowerShell that does the same; `None` where there is none.
pub fn translated(line: &str) -> Option<String> {
    // What the AWS CLI prints for a shell, it prints for PowerShell, too.
    if let Some(inner) = line.strip_prefix("eval \"$(").and_then(|line| line.strip_suffix(" --format env)\""))
    {
        return Some(format!("{} --format powershell | Invoke-Expression", translated(inner)?));
    }
    let tokens = tokens(line)?;
    let mut line = String::new();
    let mut open = 0_usize;
    for statement in tokens.split_inclusive(|token| matches!(token, Token::And | Token::Then)) {
        let (commands, end) = match statement.split_last() {
            Some((end @ (Token::And | Token::Then), commands)) => (commands, Some(end)),
            _ => (statement, None),
        };
        line.push_str(&pipeline(commands)?);
        match end {
            // `&&` came with version 7.
            Some(Token::And) => {
                line.push_str("; if ($?) { ");
                open += 1;
            }
            Some(_) => line.push_str("; "),
            None => {}
        }
    }
    // What closes the blocks would be part of a comment.
    if open > 0 && tokens.iter().any(|token| matches!(token, Token::Comment(_))) {
        return None;
    }
    line.push_str(&" }".repeat(open));
    Some(line)
}

fn pipeline(tokens: &[Token]) -> Option<String> {
    let commands: Vec<&[Token]> = tokens.split(|token| *token == Token::Pipe).collect();
    // PowerShell encodes anew what goes through its pipes: a password does not arrive as it was.
    let has_password = tokens.iter().any(|token| token.is_text("--password-stdin"));
    if commands.len() > 1 && has_password {
        return in_cmd(tokens);
    }
    let commands: Option<Vec<String>> = commands.into_iter().map(command).collect();
    Some(commands?.join(" | "))
}

/// A pipe for `cmd`, of words that mean the same to every shell.
fn in_cmd(tokens: &[Token]) -> Option<String> {
    let words: Option<Vec<String>> = tokens
        .iter()
        .map(|token| match token {
            Token::Pipe => Some("|".to_owned()),
            Token::Word(word) => {
                word.text().filter(|text| shell::is_plain(text) && !text.contains([' ', '%']))
            }
            _ => None,
        })
        .collect();
    Some(format!("cmd /c \"{}\"", words?.join(" ")))
}

fn command(tokens: &[Token]) -> Option<String> {
    // A file that `>` made there would be UTF-16.
    if let [Token::Word(echo), Token::Word(text), Token::Into, Token::Word(path)] = tokens
        && echo.is("echo")
    {
        return Some(format!("Set-Content -Path {} -Value {}", shown(path), shown_as_value(text)));
    }
    let mut words: Vec<&Word> = Vec::new();
    let mut tail = String::new();
    for token in tokens {
        match token {
            Token::Word(word) => words.push(word),
            Token::Joined => tail.push_str(" 2>&1"),
            Token::Comment(text) => tail.push_str(&format!(" #{text}")),
            _ => return None,
        }
    }
    let mut words = words.as_slice();
    let mut before = String::new();
    // What it needs of root's rights, it needs of an administrator's.
    if let Some((first, rest)) = words.split_first()
        && first.is("sudo")
    {
        words = rest;
        while let Some((option, rest)) = words.split_first()
            && option.text().is_some_and(|text| text.starts_with('-'))
        {
            words = rest;
        }
    }
    while let Some((first, rest)) = words.split_first()
        && let Some((name, value)) = first.assignment()
        && !rest.is_empty()
    {
        before.push_str(&format!("$Env:{name} = {}; ", shown_as_value(&value)));
        words = rest;
    }
    let done = match words.split_first() {
        None => String::new(),
        Some((program, rest)) => of_program(program, rest)?,
    };
    Some(format!("{before}{done}{tail}").trim_start().to_owned())
}

fn of_program(program: &Word, words: &[&Word]) -> Option<String> {
    let Some(name) = program.text() else { return Some(format!("& {}", call(program, words))) };
    let paths: Vec<&Word> =
        words.iter().copied().filter(|word| word.text().is_none_or(|text| !text.starts_with('-'))).collect();
    let done =
        |name: &str| paths.iter().fold(name.to_owned(), |line, path| format!("{line} {}", shown(path)));
    Some(match name.as_str() {
        "export" => {
            let set: Option<Vec<String>> = words.iter().map(|word| exported(word)).collect();
            set?.join("; ")
        }
        "unset" => {
            let names: Option<Vec<String>> =
                words.iter().map(|word| Some(format!("Env:{}", word.text()?))).collect();
            format!("Remove-Item {}", names?.join(", "))
        }
        "command" => match words {
            [option, program] if option.is("-v") => format!("Get-Command {}", shown(program)),
            _ => return None,
        },
        "mv" => done("Move-Item"),
        "cp" => done("Copy-Item"),
        "rm" => done("Remove-Item"),
        "cat" => done("Get-Content"),
        "ls" => format!("{} | Format-List", done("Get-Acl")),
        "mkdir" => done("New-Item -ItemType Directory -Force"),
        // The owner alone, which is what these modes are for.
        "diff" => match paths.as_slice() {
            [one, other] => {
                format!("Compare-Object (Get-Content {}) (Get-Content {})", shown(one), shown(other))
            }
            _ => return None,
        },
        "chmod" => match paths.as_slice() {
            [mode, path] if mode.is("600") || mode.is("700") || mode.is("go=") => {
                format!("icacls {} /inheritance:r /grant:r \"${{Env:USERNAME}}:F\"", shown(path))
            }
            _ => return None,
        },
        "ln" => match paths.as_slice() {
            [target, path] => format!(
                "New-Item -ItemType SymbolicLink -Force -Path {} -Target {}",
                shown(path),
                shown(target)
            ),
            _ => return None,
        },
        // Windows has nothing like them, or they mean something else there.
        "chown" | "lsof" | "ps" | "systemctl" | "getent" | "printf" | "tail" | "id" | "eval" | "source"
        | "." | "exec" | "for" | "if" | "while" | "case" | "set" => return None,
        _ if quoted(&name) == name => call(program, words),
        _ => format!("& {}", call(program, words)),
    })
}

fn call(program: &Word, words: &[&Word]) -> String {
    words.iter().fold(shown(program), |line, word| format!("{line} {}", shown(word)))
}

/// `NAME=value` of an `export`.
fn exported(word: &Word) -> Option<String> {
    let (name, value) = word.assignment()?;
    // What is put at the end of PATH has another separator in front of it.
    if let [Part::Variable(variable), rest @ ..] = value.0.as_slice()
        && *variable == name
        && let [Part::Text(first), others @ ..] = rest
        && let Some(first) = first.strip_prefix(':')
    {
        let mut added = vec![Part::Text(format!(";{first}"))];
        added.extend(others.iter().cloned());
        return Some(format!("$Env:{name} += {}", shown_as_value(&Word(added))));
    }
    Some(format!("$Env:{name} = {}", shown_as_value(&value)))
}

/// A word as it stands behind `=`: always a text.
fn shown_as_value(word: &Word) -> String {
    word.text().map_or_else(|| shown(word), |value| text(&value))
}

fn shown(word: &Word) -> String {
    if let Some(text) = word.text() {
        return quoted(&text).into_owned();
    }
    match word.0.as_slice() {
        [Part::Gap(text)] => return text.clone(),
        [Part::Place(program)] => return format!("(Get-Command {}).Source", quoted(program)),
        _ => {}
    }
    let mut text = String::from("\"");
    for part in &word.0 {
        match part {
            Part::Text(plain) | Part::Gap(plain) => {
                for c in plain.chars() {
                    if matches!(c, '"' | '$' | '`' | '\u{201c}'..='\u{201e}') {
                        text.push('`');
                    }
                    text.push(c);
                }
            }
            Part::Variable(name) if name == "HOME" => text.push_str("$HOME"),
            Part::Variable(name) => text.push_str(&format!("${{Env:{name}}}")),
            Part::Place(program) => text.push_str(&format!("$((Get-Command {}).Source)", quoted(program))),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests;
