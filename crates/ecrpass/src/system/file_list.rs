//! A list of files as another program prints it: one on each line, or separated by zero bytes; names that git has put in
//! quotation marks, and names that are no UTF-8, included.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The names in a list. `exists` says whether something is there by a name: quotation marks may be part of one.
pub fn names(list: &[u8], exists: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let separator = if list.contains(&0) { 0 } else { b'\n' };
    let lines = list.split(|byte| *byte == separator);
    let mut found = Vec::new();
    for line in lines {
        let line = if separator == b'\n' { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        if line.is_empty() {
            continue;
        }
        let name = path(line.to_vec());
        match unquoted(line).filter(|_| separator == b'\n' && !exists(&name)) {
            Some(inside) => found.push(path(inside)),
            None => found.push(name),
        }
    }
    found
}

/// A name that git has put in quotation marks, as a C string. Source: git `quote.c#quote_c_style_counted`.
fn unquoted(line: &[u8]) -> Option<Vec<u8>> {
    let mut inside = line.strip_prefix(b"\"")?.strip_suffix(b"\"")?.iter().copied();
    let mut name = Vec::new();
    while let Some(byte) = inside.next() {
        if byte != b'\\' {
            name.push(byte);
            continue;
        }
        name.push(match inside.next()? {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            byte @ (b'"' | b'\\') => byte,
            first @ b'0'..=b'3' => {
                let digits = [first, inside.next()?, inside.next()?];
                let digit = |value: u8, digit: &u8| {
                    (b'0'..=b'7').contains(digit).then(|| (value << 3) | (digit - b'0'))
                };
                digits.iter().try_fold(0, digit)?
            }
            _ => return None,
        });
    }
    Some(name)
}

#[cfg(unix)]
fn path(name: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(name).into()
}

#[cfg(not(unix))]
fn path(name: Vec<u8>) -> PathBuf {
    OsString::from(String::from_utf8_lossy(&name).into_owned()).into()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn of(list: &[u8]) -> Vec<PathBuf> {
        names(list, &|path| path == Path::new("\"b\""))
    }

    #[test]
    fn names_are_those_of_files_however_they_are_written() {
        assert_eq!(of(b"a b\r\nc\n\n"), [Path::new("a b"), Path::new("c")]);
        assert_eq!(of(b"a\nb\0c\0"), [Path::new("a\nb"), Path::new("c")]);
        assert_eq!(
            of(b"\"caf\\303\\251.sh\"\n\"a\\\"\\\\\\tb\"\n"),
            [Path::new("café.sh"), Path::new("a\"\\\tb")]
        );
        // What is there by such a name, what is no such form, and what zero bytes end is taken as it is.
        assert_eq!(of(b"\"b\"\n\"x\\q\"\n"), [Path::new("\"b\""), Path::new("\"x\\q\"")]);
        assert_eq!(of(b"\"c\"\0"), [Path::new("\"c\"")]);
        assert_eq!(of(b""), [] as [&Path; 0]);
        assert_eq!(of(b"\xff\n"), [path(vec![0xff])]);
    }
}
