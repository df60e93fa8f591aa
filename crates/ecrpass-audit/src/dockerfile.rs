//! Dockerfiles: stages, what is copied, arguments and variables, commands, each with its place.

mod run_documents;
mod settings;

use std::collections::HashSet;
use std::ops::Range;

use parse_dockerfile::{Flag, Instruction, Source};

pub use self::settings::ImageSetting;

/// A Dockerfile.
#[derive(Clone, Debug, Default)]
pub struct Dockerfile {
    /// Its instructions in the order of the text, those of `ONBUILD` included.
    pub instructions: Vec<Step>,
    /// Its stages.
    pub stages: Vec<Stage>,
}

/// A stage.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The image, or the stage, that it begins with.
    pub image: String,
    /// Its bytes.
    pub bytes: Range<usize>,
    /// Its name.
    pub name: Option<String>,
}

/// An instruction.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its bytes: from its keyword to its end.
    pub bytes: Range<usize>,
    /// The stage it is in; none before the first.
    pub stage: Option<usize>,
    /// What it does.
    pub kind: StepKind,
}

/// What an instruction does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// `COPY` and `ADD`.
    Copy {
        /// Where it copies from: paths, with their bytes; none for here-documents.
        sources: Vec<(String, Range<usize>)>,
        /// Where to.
        target: (String, Range<usize>),
        /// Another stage or image that is copied from.
        from: Option<String>,
        /// The text of a here-document.
        written: Option<String>,
    },
    /// `ARG`.
    Arguments(Vec<ImageSetting>),
    /// `ENV`.
    Variables(Vec<ImageSetting>),
    /// `RUN`.
    Run {
        /// The values of its `--mount` options.
        mounts: Vec<String>,
    },
    /// Something else.
    Other,
}

/// The longest text that is read, in bytes.
const MAX_TEXT: usize = 1024 * 1024;

/// What is said of a text that is too long to be read.
fn too_long(text: &str) -> Option<String> {
    (text.len() > MAX_TEXT).then(|| format!("more than {} kB of a Dockerfile are not read", MAX_TEXT / 1024))
}

/// Reads a Dockerfile; `None` if it is damaged or too long.
pub fn read(text: &str) -> Option<Dockerfile> {
    if too_long(text).is_some() {
        return None;
    }
    let masked = run_documents::masked(text);
    let parsed = parse_dockerfile::parse(masked.text.as_ref()).ok()?;
    let mut found = Dockerfile::default();
    for instruction in &parsed.instructions {
        push(text, instruction, &mut found);
    }
    for run in masked.runs {
        // Those of `ONBUILD` begin elsewhere.
        let at = found.instructions.partition_point(|step| step.bytes.start < run.start);
        if let Some(step) = found.instructions.get_mut(at).filter(|step| step.bytes.start == run.start) {
            step.bytes = run;
        }
    }
    Some(found)
}

/// Where a text breaks off, and why: the byte at which its line begins. What a template makes is not known yet, and what
/// begins with no image (`dockerfile.rs`) is something else.
pub fn damage(text: &str) -> Option<(usize, String)> {
    if let Some(why) = too_long(text) {
        return Some((0, why));
    }
    let is_from =
        |line: &str| line.trim_start().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("from "));
    if ["{{", "{%", "<%"].iter().any(|open| text.contains(open)) || !text.lines().any(is_from) {
        return None;
    }
    let error = parse_dockerfile::parse(run_documents::masked(text).text.as_ref()).err()?;
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    Some((before, format!("{error:#}")))
}

fn push(text: &str, instruction: &Instruction<'_>, found: &mut Dockerfile) {
    let stage = found.stages.len().checked_sub(1);
    let step = |bytes: Range<usize>, kind: StepKind| Step { bytes, stage, kind };
    let value = |option: &Flag<'_>| option.value.as_ref().map(|value| value.value.to_string());
    let from_of =
        |options: &[Flag<'_>]| options.iter().find(|option| option.name.value == "from").and_then(value);
    let copied = |sources: &[Source<'_>]| {
        let paths = sources.iter().filter_map(|source| match source {
            Source::Path(path) => Some((path.value.to_string(), path.span.clone())),
            _ => None,
        });
        let written = sources.iter().find_map(|source| match source {
            Source::HereDoc(document) => Some(document.value.to_string()),
            _ => None,
        });
        (paths.collect::<Vec<_>>(), written)
    };
    match instruction {
        Instruction::From(from) => {
            let name = from.as_.as_ref().map(|(_, name)| name.value.to_string());
            let (image, bytes) = (from.image.value.to_string(), from.image.span.clone());
            found.stages.push(Stage { image, bytes, name });
        }
        Instruction::Copy(copy) => {
            let (sources, written) = copied(&copy.src);
            let target = (copy.dest.value.to_string(), copy.dest.span.clone());
            let bytes = copy.copy.span.start..copy.dest.span.end;
            let kind = StepKind::Copy { sources, target, from: from_of(&copy.options), written };
            found.instructions.push(step(bytes, kind));
        }
        Instruction::Add(add) => {
            let (sources, written) = copied(&add.src);
            let target = (add.dest.value.to_string(), add.dest.span.clone());
            let bytes = add.add.span.start..add.dest.span.end;
            let kind = StepKind::Copy { sources, target, from: from_of(&add.options), written };
            found.instructions.push(step(bytes, kind));
        }
        Instruction::Arg(argument) => {
            let span = argument.arguments.span.clone();
            let settings = settings::read(text, &span, false);
            found.instructions.push(step(argument.arg.span.start..span.end, StepKind::Arguments(settings)));
        }
        Instruction::Env(variable) => {
            let span = variable.arguments.span.clone();
            let settings = settings::read(text, &span, true);
            found.instructions.push(step(variable.env.span.start..span.end, StepKind::Variables(settings)));
        }
        Instruction::Run(run) => {
            let mounts =
                run.options.iter().filter(|option| option.name.value == "mount").filter_map(value).collect();
            let end = match &run.arguments {
                parse_dockerfile::Command::Exec(arguments) => arguments.span.end,
                parse_dockerfile::Command::Shell(line) => line.span.end,
                _ => run.run.span.end,
            };
            let end = run.here_docs.iter().map(|document| document.span.end).max().unwrap_or(end).max(end);
            found.instructions.push(step(run.run.span.start..end, StepKind::Run { mounts }));
        }
        Instruction::Onbuild(onbuild) => push(text, &onbuild.instruction, found),
        _ => {}
    }
}

impl Dockerfile {
    /// The stages whose layers are in the image: the last one, and those that it begins with.
    pub fn in_image(&self) -> HashSet<usize> {
        let mut found = HashSet::new();
        let mut next = self.stages.len().checked_sub(1);
        while let Some(index) = next.filter(|index| found.insert(*index)) {
            next = self.base_of(index);
        }
        found
    }

    /// The earlier stage that a stage begins with.
    pub fn base_of(&self, stage: usize) -> Option<usize> {
        self.stage_of(&self.stages.get(stage)?.image).filter(|base| *base < stage)
    }

    /// The stage of a name or number.
    pub fn stage_of(&self, name: &str) -> Option<usize> {
        let by_name = self
            .stages
            .iter()
            .rposition(|stage| stage.name.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name)));
        by_name.or_else(|| name.parse().ok().filter(|number| *number < self.stages.len()))
    }

    /// The instruction that a byte is in.
    pub fn step_at(&self, byte: usize) -> Option<&Step> {
        let at = self.instructions.partition_point(|step| step.bytes.end <= byte);
        self.instructions.get(at).filter(|step| step.bytes.contains(&byte))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn instructions_have_their_stages_and_places() {
        let text = "# syntax=docker/dockerfile:1\nARG V=1\nFROM a:${V} AS build\nENV A=1 \\\n    B=\"2 3\"\nRUN --mount=type=secret,id=x make\nFROM build\nCOPY --from=build /a /b\nFROM scratch AS last\nCOPY config.json /root/.docker/\n";
        let read = read(text).unwrap();
        assert_eq!(read.stages.len(), 3);
        assert_eq!(read.in_image(), HashSet::from([2]));
        let kinds: Vec<Option<usize>> = read.instructions.iter().map(|step| step.stage).collect();
        assert_eq!(kinds, [None, Some(0), Some(0), Some(1), Some(2)]);
        let StepKind::Variables(settings) = &read.instructions[1].kind else { panic!() };
        assert_eq!(settings.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(settings[1].value.as_deref(), Some("2 3"));
        assert_eq!(&text[settings[1].bytes.clone()], "B=\"2 3\"");
        let StepKind::Run { mounts } = &read.instructions[2].kind else { panic!() };
        assert_eq!(mounts, &["type=secret,id=x"]);
        let StepKind::Copy { sources, target, .. } = &read.instructions[4].kind else { panic!() };
        assert_eq!((sources[0].0.as_str(), target.0.as_str()), ("config.json", "/root/.docker/"));
        assert_eq!(&text[target.1.clone()], "/root/.docker/");
    }

    #[test]
    fn a_stage_that_begins_with_another_has_its_layers() {
        let read = read("FROM a AS base\nFROM base AS mid\nFROM mid\n").unwrap();
        assert_eq!(read.in_image(), HashSet::from([0, 1, 2]));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "(FROM a( AS b)?\n|ENV [A-Z =\"\\\\]{0,9}\n|ARG X=?\n|COPY --from=b [a-z ]{0,6}\n|RUN <<E\nx\nE\n|[ -~]{0,8}\n){0,8}") {
            for step in read(&text).unwrap_or_default().instructions {
                prop_assert!(text.get(step.bytes).is_some());
            }
        }
    }
}
