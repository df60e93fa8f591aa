//! What AWS and monitoring say of a failure, where it is no log: events of EventBridge, stopped tasks, states of functions,
//! alarms, builds, and consoles of instances.
//!
//! Each becomes a [`Notice`]: what was said, with its place; what the notice itself names as the cause; and whose case it
//! is. Sources: ECS developer guide, "Amazon ECS events"; Lambda API reference, `FunctionConfiguration`; CloudWatch user
//! guide, "Alarm events"; Alertmanager documentation, "webhook_config"; CodeBuild user guide, "Build notifications".

mod alarm;
mod build;
mod console;
mod containers;
mod envelope;
mod function;
mod mail;
mod notice;
mod reader;

pub use mail::LONGEST as LARGEST_MAIL;
pub use notice::{Hint, Notice};

use self::reader::Reader;
use super::context::Context;
use super::tree;

/// A text larger than this is a log, in bytes. Events have at most 256 KiB, consoles 64 KiB.
pub const LARGEST: usize = 2 << 20;

/// The notices in a text; none where it is something else: a log, a configuration, a record of CloudTrail.
pub fn notices(name: &str, text: &str) -> Option<Vec<Notice>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > LARGEST {
        return None;
    }
    let no_variable = |_: &str| None;
    let context = Context::new(name, text, &no_variable);
    if !text.trim_start().starts_with(['{', '[']) {
        return mail::read(&context, text).map(|notice| vec![notice]);
    }
    let mut reader = Reader::new(&context);
    match tree::read("notice.json", text) {
        Ok(documents) => documents.iter().for_each(|document| envelope::read(&mut reader, document)),
        Err(_) => lines(&mut reader, text)?,
    }
    reader.is_one.then_some(reader.found)
}

/// Documents of a line each, as events stand in a log group; none where one of the lines is something else.
fn lines(reader: &mut Reader<'_>, text: &str) -> Option<()> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            let documents = tree::read("notice.json", line).ok()?;
            reader.inside(start, &mut |reader| {
                documents.iter().for_each(|document| envelope::read(reader, document));
            });
        }
        start += line.len();
    }
    Some(())
}

#[cfg(test)]
mod tests;
