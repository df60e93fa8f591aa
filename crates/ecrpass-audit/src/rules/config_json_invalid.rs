//! A configuration of docker that is stored, or written by a script, and is not what docker can read.

use ecrpass_clients::docker_config::{DockerConfig, ProblemKind};
use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_json::Document;

use crate::commands::{Scripted, client_files, scripts};
use crate::deeds::ClientFile;
use crate::edit::{FileEdit, Replacement, Safety};
use crate::hit::{Hit, Spot};
use crate::kind::FileKind;
use crate::rule::{Examined, Rule};
use crate::stored::configs::{self, Holder, StoredConfig};
use crate::stored::logins::is_of_tests;

/// `config-json-invalid`
pub static RULE: Rule = Rule { id: DiagnosisId::ConfigJsonInvalid, look };

/// U+FEFF, as some editors of Windows begin a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let configs = examined.models.stored().configs.iter();
    // Tests keep broken ones on purpose.
    let is_meant = is_clients(examined) && !is_of_tests(&examined.file.path);
    let configs = configs.filter(|config| config.holder != Holder::File || is_meant);
    let mut hits: Vec<Hit> = configs.filter_map(|config| stored(examined, config)).collect();
    for scripted in &scripts(examined) {
        hits.extend(
            client_files::whole(scripted).iter().filter_map(|file| written(examined, scripted, file)),
        );
    }
    hits
}

/// A configuration that a script writes: what the shell makes of it is not JSON.
fn written(examined: &Examined<'_>, scripted: &Scripted<'_>, file: &ClientFile<'_>) -> Option<Hit> {
    let text = file.text.trim();
    // What is put together elsewhere is not known.
    let wrong = syntax(text).err()?;
    let before = file.text.len() - file.text.trim_start().len();
    if !text.starts_with('{') || before + wrong >= file.open || text.contains("<%") || text.contains("{%") {
        return None;
    }
    let bytes = client_files::place(scripted, file);
    let path = &examined.file.path;
    // In a here-document the line is known that somebody would change.
    let line = file.written.passage.as_ref().and_then(|passage| {
        let offset = syntax(passage.text()).err()?;
        Some(passage.places(line_of(passage.text(), offset)))
    });
    let mut spots: Vec<Spot> =
        line.map(|line| Spot::new(path, line, "here docker stops reading")).into_iter().collect();
    spots.push(Spot::new(path, bytes.clone(), "what is written is not JSON"));
    let title =
        "the configuration that is written is not valid JSON, so docker reads no login and no helper from it";
    Some(Hit::new(Severity::Error, title, spots).with_edit(quoted(examined, file, bytes)))
}

/// Single quotes outside, where the shell takes the double quotes within away and there is nothing for it to put in.
fn quoted(examined: &Examined<'_>, file: &ClientFile<'_>, bytes: std::ops::Range<usize>) -> Option<FileEdit> {
    if !matches!(examined.file.kind, FileKind::Shell | FileKind::Dockerfile) || file.is_made {
        return None;
    }
    let written = examined.file.text.get(bytes.clone())?;
    let (start, end) = (written.find("\"{")?, written.rfind("}\"")? + 2);
    let inside = written.get(start + 1..end.checked_sub(1)?)?;
    if inside.contains(['\'', '$', '`', '\\', '\n']) || Document::parse(inside).is_err() {
        return None;
    }
    Some(FileEdit {
        summary: "Put single quotes around it".to_owned(),
        safety: Safety::Safe,
        replacements: vec![
            Replacement { bytes: bytes.start + start..bytes.start + start + 1, text: "'".to_owned() },
            Replacement { bytes: bytes.start + end - 1..bytes.start + end, text: "'".to_owned() },
        ],
    })
}

/// Whether a file is surely a client's: by its place, or because it speaks of helpers. Others have keys of the same names.
fn is_clients(examined: &Examined<'_>) -> bool {
    let file = examined.file;
    let path = file.path.to_ascii_lowercase();
    configs::format_of(&file.path).is_some()
        || path.contains("docker")
        || path.contains("kaniko")
        || ["credHelpers", "credsStore", "ecr-login"].iter().any(|word| file.text.contains(word))
}

fn stored(examined: &Examined<'_>, config: &StoredConfig) -> Option<Hit> {
    let path = &examined.file.path;
    let text = config.passage.text();
    if text.trim().is_empty() {
        return None;
    }
    let hit = |byte: usize, title: String| {
        // What is encoded is blamed as a whole.
        let bytes = if config.is_encoded { config.bytes.clone() } else { line_at(text, byte, config) };
        Hit::new(Severity::Error, title, vec![Spot::new(path, bytes, "here docker stops reading")])
    };
    if text.starts_with(BYTE_ORDER_MARK) {
        let title = "the configuration begins with a byte order mark, which docker refuses";
        let edit = (config.holder == Holder::File).then(|| FileEdit {
            summary: "Take the byte order mark away".to_owned(),
            safety: Safety::Safe,
            replacements: vec![Replacement { bytes: 0..BYTE_ORDER_MARK.len_utf8(), text: String::new() }],
        });
        return Some(hit(0, title.to_owned()).with_edit(edit));
    }
    if let Err(offset) = syntax(text) {
        let title = "the configuration is not valid JSON, so docker reads no login and no helper from it";
        return Some(hit(offset, title.to_owned()));
    }
    let document = Document::parse(text).ok()?;
    let problems = DockerConfig::read(&document, config.format).problems;
    let wrong = problems.iter().find(|problem| problem.kind == ProblemKind::WrongType)?;
    Some(hit(wrong.offset, format!("in the configuration {}, and docker reads no login", wrong.message)))
}

/// The byte at which a text stops being JSON; what templates put in counts as whatever fits.
fn syntax(text: &str) -> Result<(), usize> {
    let Err(error) = ecrpass_json::parse_at_most(ecrpass_json::document::MAX_VALUES, text) else {
        return Ok(());
    };
    // Too long for this program is not wrong.
    if error.message.starts_with("there are more than") {
        return Ok(());
    }
    let is_template = ["{{", "${", "<%", "{%", "$("].iter().any(|open| text.contains(open))
        || text.contains('<') && text.contains('>');
    if is_template {
        return Ok(());
    }
    Err(comma_before(text, error.offset).unwrap_or(error.offset))
}

/// The comma that a closing brace or bracket does not go with: it is what has to go.
fn comma_before(text: &str, offset: usize) -> Option<usize> {
    text.get(offset..)?.starts_with(['}', ']']).then_some(())?;
    let before = text.get(..offset)?.trim_end();
    before.ends_with(',').then(|| before.len() - 1)
}

/// The line of the file that a byte of a configuration is on, without its indentation.
fn line_at(text: &str, byte: usize, config: &StoredConfig) -> std::ops::Range<usize> {
    config.passage.places(line_of(text, byte))
}

/// The line of a text that a byte of it is on, without its indentation.
fn line_of(text: &str, byte: usize) -> std::ops::Range<usize> {
    let byte = byte.min(text.len().saturating_sub(1));
    let start = text.get(..byte).and_then(|front| front.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(byte..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| byte + at);
    let line = text.get(start..end).unwrap_or_default();
    let start = start + (line.len() - line.trim_start().len());
    start..end.max(start)
}
