//! The console of an instance, as `aws ec2 get-console-output` prints it: what cloud-init and its scripts said.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_core::redact::redact;

use super::super::file_position::FilePosition;
use super::super::tree::Node;
use super::notice::Notice;
use super::reader::Reader;

/// How many lines are read.
const MOST_LINES: usize = 20_000;

/// The console.
pub fn read(reader: &mut Reader<'_>, document: &Node) {
    let instance = document.text_of("InstanceId").unwrap_or_default();
    let mut notice = Notice::new("cloud-init", format!("console of {instance}"));
    notice.time = document.owned("Timestamp");
    let text = document.text_of("Output").unwrap_or_default();
    let text = decoded(text).unwrap_or_else(|| text.to_owned());
    for (number, line) in
        text.lines().enumerate().take(MOST_LINES).filter(|(_, line)| !line.trim().is_empty())
    {
        let file = notice.subject.clone();
        let at = FilePosition { file, line: number + 1, column: 1 };
        notice.said.push((at, redact(line).into_owned()));
    }
    reader.keep(notice);
}

/// What the API itself gives, which the AWS CLI decodes.
fn decoded(text: &str) -> Option<String> {
    let is_encoded = text.len() > 64 && !text.trim().contains(char::is_whitespace);
    let bytes = STANDARD.decode(text.trim()).ok().filter(|_| is_encoded)?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
