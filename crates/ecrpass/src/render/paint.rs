//! Lines as they may leave the program: our own styles are escapes, and nothing else is.
//!
//! A line is mostly other people's text: names, paths, messages. What they put into it must not move the cursor, change
//! colours, begin a line of its own or be taken for a command by a CI system. Only [`styled`] can make a style that
//! [`safe_line`] lets through, however the text around it came together.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use anstyle::{AnsiColor, Style};
use ecrpass_core::safe_line::SafeLine;

/// Bold, for what matters in a line.
pub const STRONG: Style = Style::new().bold();
/// Grey, for what can be skipped.
pub const DIM: Style = Style::new().dimmed();
/// What went right.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What went wrong.
pub const BAD: Style = AnsiColor::Red.on_default();
/// What ecrpass itself says.
pub const OURS: Style = AnsiColor::Cyan.on_default();

const ESC: char = '\u{1b}';

/// Text in a style; the style is taken out again where the output is no terminal.
pub fn styled(style: Style, text: &str) -> String {
    format!("{}{text}{}", own(&style.render().to_string()), own(&style.render_reset().to_string()))
}

/// A line of clap's, with clap's own escapes. Arguments that it repeats were made visible before clap read them.
pub fn clap_styles(line: &str) -> String {
    own(line)
}

fn own(escapes: &str) -> String {
    escapes.replace(ESC, mark())
}

/// What stands in place of ESC in our own styles until they are written. Like the boundary between the parts of a mail
/// it is made of chance, so that no text from outside can have it: the keys of the standard library's hash maps, in
/// characters without a meaning, which look like no part of a name.
fn mark() -> &'static str {
    static MARK: OnceLock<String> = OnceLock::new();
    MARK.get_or_init(|| {
        let chance = RandomState::new().hash_one(ESC).to_be_bytes();
        let characters = chance.iter().filter_map(|byte| char::from_u32(0xf_0000 + u32::from(*byte)));
        std::iter::once(ESC).chain(characters).collect()
    })
}

/// A line that may be written: `mask` is applied to the text between the styles, and a line feed in it is a space. Tabs stay.
pub fn safe_line<'a>(line: &'a str, mask: impl Fn(&'a str) -> Cow<'a, str>) -> String {
    let mut safe = SafeLine::default();
    for (index, piece) in line.split(mark()).enumerate() {
        let text = match piece.split_once('m') {
            Some((code, rest)) if index > 0 => {
                safe.escape(code);
                rest
            }
            _ => piece,
        };
        safe.push(&mask(text));
    }
    safe.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safe(line: &str) -> String {
        safe_line(line, Cow::Borrowed)
    }

    #[test]
    fn only_our_own_styles_are_escapes() {
        let line = format!("{} {}", styled(BAD.bold(), "\u{1b}[32mno"), "\u{1b}]0;x\u{7}\u{9b}1m\u{202e}\r");
        assert_eq!(
            safe(&line),
            "\u{1b}[1m\u{1b}[31m\u{fffd}[32mno\u{1b}[0m \u{fffd}]0;x\u{fffd}\u{fffd}1m\u{fffd} "
        );
        // What somebody may guess is no mark.
        let forged = format!("{ESC}{}[31m", "\u{f0000}".repeat(8));
        assert_eq!(safe(&forged), forged.replace(ESC, "\u{fffd}"));
    }

    #[test]
    fn a_style_does_not_hide_a_command() {
        let split = format!("{}{}", styled(DIM, " :"), styled(DIM, ":error::b #") + "#[x]");
        assert_eq!(safe(&split), "\u{1b}[2m :\u{1b}[0m\u{1b}[2m :error::b #\u{1b}[0m# [x]");
    }

    #[test]
    fn what_is_masked_has_no_styles_in_it() {
        let line = format!("{}/app", styled(STRONG, "mine"));
        let masked = safe_line(&line, |text| Cow::Owned(text.replace('m', "X")));
        assert_eq!(masked, "\u{1b}[1mXine\u{1b}[0m/app");
    }
}
