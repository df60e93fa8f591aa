//! The commands that a container image is built with: `RUN` of a Dockerfile.

use crate::dockerfile::{Dockerfile, StepKind};
use crate::known::Known;
use crate::passage::Passage;
use crate::scripts::placed::{Placed, Runs};
use crate::shell::{self, Dialect};
use crate::source::SourceFile;

/// The scripts of a Dockerfile, one for each `RUN`.
pub fn of_image(file: &SourceFile, dockerfile: &Dockerfile) -> Vec<Placed> {
    let whole = Passage::verbatim(file.text.as_str(), 0);
    let mut variables: Vec<(String, Known)> = Vec::new();
    let mut all = Vec::new();
    for step in &dockerfile.instructions {
        match &step.kind {
            StepKind::Arguments(settings) | StepKind::Variables(settings) => {
                for setting in settings {
                    let value = setting
                        .value
                        .as_ref()
                        .map_or_else(|| Known::named(&setting.name), |value| Known::one_of([value.clone()]));
                    variables.push((setting.name.clone(), value));
                }
            }
            StepKind::Run { .. } => {
                let Some(passage) = whole.part(step.bytes.clone()).and_then(|run| commands(&run)) else {
                    continue;
                };
                let known = |name: &str| {
                    variables.iter().rfind(|(set, _)| set == name).map(|(_, value)| value.clone())
                };
                all.push(Placed {
                    script: shell::read(&passage, Dialect::Posix, &known, false),
                    runs: Runs::InBuild,
                });
            }
            _ => {}
        }
    }
    all
}

/// The commands of a `RUN`, without its options and the comments between its lines. The form of a list is not a shell's.
fn commands(run: &Passage) -> Option<Passage> {
    let text = run.text();
    let mut from = text.find([' ', '\t'])?;
    loop {
        let rest = text.get(from..)?;
        let trimmed = rest.trim_start_matches([' ', '\t', '\\', '\n', '\r']);
        from += rest.len() - trimmed.len();
        if !trimmed.starts_with("--") {
            break;
        }
        from += trimmed.find([' ', '\t', '\n'])?;
    }
    if text.get(from..)?.starts_with('[') {
        return None;
    }
    // `RUN <<EOF`: what follows is the script. Of several, the shell's own reading knows which is which.
    let document = text.get(from..)?.strip_prefix("<<");
    if let Some(document) =
        document.filter(|rest| !rest.lines().next().is_some_and(|line| line.contains("<<")))
    {
        let line = document.find('\n')?;
        let tag = document.get(..line)?.trim().trim_start_matches('-').trim_matches(['"', '\'']);
        let start = from + 2 + line + 1;
        let body = text.get(start..)?;
        let length = body.rfind(tag).unwrap_or(body.len());
        return run.part(start..start + length);
    }
    let mut passage = Passage::default();
    let mut at = from;
    for line in text.get(from..)?.split_inclusive('\n') {
        let is_comment = at > from && line.trim_start().starts_with('#');
        if !is_comment && let Some(part) = run.part(at..at + line.len()) {
            passage.push(&part);
        }
        at += line.len();
    }
    Some(passage)
}
