//! Where the logins of pull secrets stand in a manifest, byte for byte: one is put in another's place, and nothing else
//! is touched.
//!
//! A value keeps its kind of quotes and its indentation. What was written is read again: a text that does not say
//! exactly what it should is not given out.

use std::ops::Range;

use base64::Engine as _;
use ecrpass_clients::docker_config::Format;
use ecrpass_core::Secret;
use ecrpass_core::token::BASE64;
use ecrpass_json::{JsonKind, Lines, Position, Value, parse, quoted};
use granit_parser::{Event, Parser, ScalarStyle};

use super::pull_secret_reader::{FIELDS, is_filled_in_later};

/// How deep a manifest may be nested.
const MAX_DEPTH: usize = 150;

/// The configuration inside a pull secret.
pub struct SecretText {
    /// The secret's name.
    pub name: String,
    /// Its namespace, if the manifest tells.
    pub namespace: Option<String>,
    /// The form of the configuration.
    pub format: Format,
    /// Where it stands.
    pub place: Position,
    /// The configuration, or why it cannot be read.
    pub text: Result<Secret, &'static str>,
    scalar: Scalar,
    is_encoded: bool,
}

/// A scalar where it stands in the manifest.
#[derive(Clone, Debug)]
struct Scalar {
    span: Range<usize>,
    style: Style,
    value: Secret,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

/// The configurations inside the pull secrets of a manifest, in its order; `None` for what is neither YAML nor JSON.
pub fn secret_texts(text: &str) -> Option<Vec<SecretText>> {
    let mut reader = Reader { lines: Lines::new(text), text, found: Vec::new() };
    if text.trim_start().starts_with('{')
        && let Ok(value) = parse(text)
    {
        reader.json(&value, "");
    } else {
        reader.yaml()?;
    }
    reader.found.sort_by_key(|one| one.scalar.span.start);
    Some(reader.found)
}

/// The manifest with another configuration in the place of one; `None` where it cannot be written there in the same
/// kind of quotes.
pub fn with_secret_text(text: &str, index: usize, new: &str) -> Option<Secret> {
    let before = secret_texts(text)?;
    let secret = before.get(index)?;
    let value = Secret::new(if secret.is_encoded { BASE64.encode(new) } else { new.to_owned() });
    let (start, end) = (text.get(..secret.scalar.span.start)?, text.get(secret.scalar.span.end..)?);
    let written = secret.scalar.written(text, value.expose(), secret.is_encoded)?;
    let whole = Secret::new([start, written.expose(), end].concat());
    let after = secret_texts(whole.expose())?;
    let says = |secret: &SecretText| secret.text.clone().map(|text| text.expose().to_owned());
    let is_right = before.len() == after.len()
        && before.iter().zip(&after).enumerate().all(|(at, (old, now))| {
            old.name == now.name
                && if at == index { says(now) == Ok(new.to_owned()) } else { says(old) == says(now) }
        });
    is_right.then_some(whole)
}

impl Scalar {
    /// Another value, written as this one is.
    fn written(&self, text: &str, value: &str, is_encoded: bool) -> Option<Secret> {
        let is_line = !value.contains(['\n', '\r']);
        Some(Secret::new(match self.style {
            Style::Plain if is_line => value.to_owned(),
            Style::Single if is_line => format!("'{}'", value.replace('\'', "''")),
            Style::Double => quoted(value),
            Style::Literal | Style::Folded => {
                let line_start = text.get(..self.span.start)?.rfind('\n').map_or(0, |at| at + 1);
                let indent = text.get(line_start..self.span.start)?;
                let old = text.get(self.span.clone())?;
                let newline = if old.contains("\r\n") { "\r\n" } else { "\n" };
                let lines: Vec<String> = if is_encoded {
                    let width = old.lines().next()?.trim_end().len().max(1);
                    value
                        .as_bytes()
                        .chunks(width)
                        .map(|line| String::from_utf8_lossy(line).into_owned())
                        .collect()
                } else if self.style == Style::Literal || is_line {
                    value.trim_end_matches('\n').split('\n').map(str::to_owned).collect()
                } else {
                    return None;
                };
                let indented = lines.iter().enumerate().map(|(at, line)| {
                    if at == 0 || line.is_empty() { line.clone() } else { format!("{indent}{line}") }
                });
                indented.collect::<Vec<_>>().join(newline)
            }
            Style::Plain | Style::Single => return None,
        }))
    }
}

/// What is known of an object while its members are read.
#[derive(Default)]
struct Object {
    /// The key it stands under.
    under: String,
    is_mapping: bool,
    /// The key whose value comes next.
    key: Option<String>,
    kind: String,
    name: String,
    namespace: Option<String>,
    /// Values that may be configurations: their form, whether they are base64, and where they stand.
    values: Vec<(Format, bool, Scalar)>,
}

impl Object {
    /// Takes a scalar of its own in.
    fn take(&mut self, key: &str, scalar: Scalar) {
        match (self.under.as_str(), key) {
            (_, "kind") => self.kind = scalar.value.expose().to_owned(),
            ("metadata", "name") => self.name = scalar.value.expose().to_owned(),
            ("metadata", "namespace") => self.namespace = Some(scalar.value.expose().to_owned()),
            ("data" | "stringData", _) => {
                let is_encoded = self.under == "data";
                let field = FIELDS.into_iter().find(|(field, _)| *field == key);
                self.values.extend(field.map(|(_, format)| (format, is_encoded, scalar)));
            }
            _ => {}
        }
    }

    /// Takes in what an object below it has to say.
    fn take_from(&mut self, below: Self) {
        match below.under.as_str() {
            "data" | "stringData" => self.values.extend(below.values),
            "metadata" => {
                self.name = below.name;
                self.namespace = below.namespace;
            }
            _ => {}
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    lines: Lines,
    found: Vec<SecretText>,
}

impl Reader<'_> {
    fn end(&mut self, object: &mut Object) {
        if object.kind != "Secret" {
            return;
        }
        for (format, is_encoded, scalar) in std::mem::take(&mut object.values) {
            let text = if is_filled_in_later(scalar.value.expose()) && is_encoded {
                Err("it is filled in later, by a template")
            } else if is_encoded {
                decoded(scalar.value.expose())
            } else {
                Ok(scalar.value.clone())
            };
            self.found.push(SecretText {
                name: if object.name.is_empty() { "?".to_owned() } else { object.name.clone() },
                namespace: object.namespace.clone(),
                format,
                place: self.lines.position(self.text, scalar.span.start),
                text,
                scalar,
                is_encoded,
            });
        }
    }

    fn json(&mut self, value: &Value, under: &str) -> Object {
        let mut object = Object { under: under.to_owned(), is_mapping: true, ..Object::default() };
        match &value.kind {
            JsonKind::Array(items) => items.iter().for_each(|item| drop(self.json(item, ""))),
            JsonKind::Object(members) => {
                for member in members {
                    match member.value.text() {
                        Some(text) => {
                            let value = Secret::new(text.to_owned());
                            let span = member.value.span.clone();
                            object.take(&member.key, Scalar { span, style: Style::Double, value });
                        }
                        None => {
                            let below = self.json(&member.value, &member.key);
                            object.take_from(below);
                        }
                    }
                }
                self.end(&mut object);
            }
            _ => {}
        }
        object
    }

    fn yaml(&mut self) -> Option<()> {
        let mut open: Vec<Object> = Vec::new();
        for event in Parser::new_from_str(self.text) {
            let (event, span) = event.ok()?;
            let is_key = open.last().is_some_and(|object| object.is_mapping && object.key.is_none());
            match event {
                Event::Scalar(value, style, ..) => {
                    let value = Secret::new(value.into_owned());
                    let Some(object) = open.last_mut().filter(|object| object.is_mapping) else { continue };
                    match object.key.take() {
                        None => object.key = Some(value.expose().to_owned()),
                        Some(key) => {
                            let start = span.start.byte_offset()?;
                            let (style, end) = match style {
                                ScalarStyle::Plain => (Style::Plain, span.end.byte_offset()?),
                                ScalarStyle::SingleQuoted => (Style::Single, span.end.byte_offset()?),
                                ScalarStyle::DoubleQuoted => (Style::Double, span.end.byte_offset()?),
                                ScalarStyle::Literal => (Style::Literal, self.block_end(start)),
                                ScalarStyle::Folded => (Style::Folded, self.block_end(start)),
                            };
                            object.take(&key, Scalar { span: start..end, style, value });
                        }
                    }
                }
                Event::SequenceStart(..) | Event::MappingStart(..) => {
                    if open.len() >= MAX_DEPTH {
                        return None;
                    }
                    let under = open.last_mut().and_then(|object| object.key.take()).unwrap_or_default();
                    // An object in a key's place is no field that is looked for.
                    if is_key && let Some(object) = open.last_mut() {
                        object.key = Some(String::new());
                    }
                    let is_mapping = matches!(event, Event::MappingStart(..));
                    open.push(Object { under, is_mapping, ..Object::default() });
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    let mut object = open.pop()?;
                    self.end(&mut object);
                    if let Some(above) = open.last_mut().filter(|above| above.is_mapping) {
                        above.take_from(object);
                    }
                }
                // What an alias stands for is written elsewhere.
                Event::Alias(_) => {
                    if let Some(object) = open.last_mut().filter(|object| object.is_mapping)
                        && object.key.take().is_none()
                    {
                        object.key = Some(String::new());
                    }
                }
                _ => {}
            }
        }
        Some(())
    }

    /// Where the last line of a block ends whose first character is there.
    fn block_end(&self, start: usize) -> usize {
        let line_start = self.text.get(..start).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
        let indent = start - line_start;
        let (mut at, mut end) = (line_start, start);
        for line in self.text.get(line_start..).unwrap_or_default().split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            if !content.trim().is_empty() {
                if content.len() - content.trim_start_matches(' ').len() < indent {
                    break;
                }
                end = at + content.len();
            }
            at += line.len();
        }
        end
    }
}

fn decoded(text: &str) -> Result<Secret, &'static str> {
    let packed = Secret::new(text.split_ascii_whitespace().collect());
    let bytes = BASE64.decode(packed.expose().as_bytes()).map_err(|_| "it is not valid base64")?;
    String::from_utf8(bytes).map(Secret::new).map_err(|_| "it is not text")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "{\"auths\": {\"h\": {\"auth\": \"it's old\"}}}";
    const NEW: &str = "{\"auths\": {\"h\": {\"auth\": \"it's quite new\"}}}";

    /// Replaces the only configuration, and says what stands before and behind it stayed.
    fn replaced(manifest: &str, old: &str, new: &str) -> String {
        let text = manifest.replace("OLD", old);
        let found = secret_texts(&text).unwrap();
        assert_eq!(found.len(), 1, "{text}");
        with_secret_text(&text, 0, new).map_or_else(|| "refused".to_owned(), |text| text.expose().to_owned())
    }

    #[test]
    fn a_value_keeps_its_quotes_and_its_indentation() {
        let (old, new) = (BASE64.encode(OLD), BASE64.encode(NEW));
        for manifest in [
            "# ours\napiVersion: v1\nkind: Secret   # a secret\nmetadata: {name: a}\ndata:\n    .dockerconfigjson:   OLD   # kept\n    other: eA==\n",
            "data:\r\n  .dockerconfigjson: 'OLD'\r\nkind: Secret\r\n",
            "data:\n  '.dockerconfigjson': \"OLD\"\nkind: \"Secret\"",
            "kind: List\nitems:\n- kind: ConfigMap\n  data: {.dockerconfigjson: x}\n- kind: Secret\n  data: {a: b, .dockerconfigjson: OLD}\n",
            "{\"kind\": \"Secret\",\n\t\"data\": {\".dockerconfigjson\":\"OLD\" , \"b\": 1}}\n",
        ] {
            assert_eq!(replaced(manifest, &old, NEW), manifest.replace("OLD", &new), "{manifest}");
        }
        let single = |text: &str| text.replace('\'', "''");
        let manifest = "kind: Secret\nstringData:\n  .dockercfg: 'OLD'\n";
        assert_eq!(replaced(manifest, &single(OLD), NEW), manifest.replace("OLD", &single(NEW)));
        let manifest = "kind: Secret\nstringData:\n  .dockercfg: OLD\n";
        assert_eq!(replaced(manifest, &quoted(OLD), NEW), manifest.replace("OLD", &quoted(NEW)));
    }

    #[test]
    fn a_block_keeps_its_lines() {
        let spread = |text: &str| text.replace("{\"h", "{\n\n      \"h").replace("}}}", "}}\n    }");
        let (old, new) = (spread(OLD), spread(NEW));
        let inside = |text: &str| text.replace("\n    ", "\n");
        for chomping in ["|", "|-", "|+"] {
            let manifest = format!(
                "kind: Secret\nstringData:\n  .dockerconfigjson: {chomping}\n    OLD\n  # kept\n  x: y\n"
            );
            let found = secret_texts(&manifest.replace("OLD", &old)).unwrap();
            let text = found[0].text.as_ref().unwrap().expose().to_owned();
            let ending = text.strip_prefix(&inside(&old)).unwrap();
            let wanted = inside(&new) + ending;
            assert_eq!(replaced(&manifest, &old, &wanted), manifest.replace("OLD", &new), "{chomping}");
        }
        // Base64 in lines stays in lines as long as its first.
        let lines = |text: &str| {
            let text = BASE64.encode(text);
            let lines: Vec<&str> =
                text.as_bytes().chunks(16).map(|line| std::str::from_utf8(line).unwrap()).collect();
            lines.join("\n      ")
        };
        let manifest = "kind: Secret\ndata:\n    .dockerconfigjson: >-\n      OLD\ntype: x\n";
        assert_eq!(replaced(manifest, &lines(OLD), NEW), manifest.replace("OLD", &lines(NEW)));
    }

    #[test]
    fn what_cannot_be_written_in_its_place_is_refused() {
        let manifest = "kind: Secret\nstringData:\n  .dockerconfigjson: 'OLD'\n";
        assert_eq!(replaced(manifest, "{}", "{\n}"), "refused");
        let text = "kind: Secret\ndata:\n  .dockerconfigjson: ${B64}\n";
        assert!(secret_texts(text).unwrap()[0].text.is_err());
        assert!(secret_texts("a: [").is_none());
        assert!(secret_texts("kind: Pod\ndata: {.dockerconfigjson: e30=}\n").unwrap().is_empty());
        assert!(secret_texts(&"[".repeat(100_000)).is_none());
    }
}
