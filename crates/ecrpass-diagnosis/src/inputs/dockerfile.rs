//! Dockerfiles: the images that a build pulls.
//!
//! Sources: Dockerfile reference; BuildKit `frontend/dockerfile/instructions/parse.go`, `commands_runmount.go`.

mod instructions;

use std::collections::{HashMap, HashSet};

use self::instructions::{Instruction, Instructions, instructions};
use super::context::Context;
use super::variables::{Expander, Filled, Style};

/// The longest Dockerfile that is read, in bytes: all of its instructions are kept.
pub const MAX_TEXT: usize = 4 << 20;

/// Set by BuildKit in every build. Source: Dockerfile reference, "Automatic platform ARGs in the global scope".
const PLATFORM_VARIABLES: [&str; 8] = [
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
];

/// Whether a file is a Dockerfile, by its name or by its first instruction.
pub fn is_dockerfile(name: &str, text: &str) -> bool {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let is_data = [".json", ".yaml", ".yml"].iter().any(|extension| name.ends_with(extension));
    let is_named = ["dockerfile", "containerfile"].iter().any(|stem| {
        name.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
            || name.strip_suffix(stem).is_some_and(|rest| rest.ends_with(['.', '-', '_']))
    });
    if is_data {
        return false;
    }
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let starts = first
        .and_then(|line| line.split_once(char::is_whitespace))
        .is_some_and(|(word, _)| word.eq_ignore_ascii_case("FROM") || word.eq_ignore_ascii_case("ARG"));
    // The content decides: somebody may call a compose file `dockerfile`.
    starts || (is_named && first.is_none_or(|line| !line.starts_with('{') && !line.ends_with(':')))
}

/// Reads a Dockerfile.
pub fn read(context: &mut Context, text: &str) {
    Reader::new(context, None, instructions(text)).read();
}

/// Reads a Dockerfile that stands in another file, as a value at `at`.
pub fn read_inline(context: &mut Context, text: &str, at: usize) {
    Reader::new(context, Some(at), instructions(text)).read();
}

struct Reader<'a, 'c> {
    context: &'a mut Context<'c>,
    /// The place of everything, if the text is not the file.
    fixed: Option<usize>,
    file: Instructions,
    /// What `ARG` in front of the first `FROM` set; only these count in `FROM`.
    arguments: HashMap<String, Option<String>>,
    /// The names of stages, in lower case.
    stages: HashSet<String>,
}

impl<'a, 'c> Reader<'a, 'c> {
    fn new(context: &'a mut Context<'c>, fixed: Option<usize>, file: Instructions) -> Self {
        Self { context, fixed, file, arguments: HashMap::new(), stages: HashSet::new() }
    }

    fn read(mut self) {
        if let Some((image, at)) = self.file.syntax.take().filter(|(image, _)| !image.is_empty()) {
            self.push(&image, at, Vec::new(), None);
        }
        let mut in_stage = false;
        for instruction in std::mem::take(&mut self.file.all) {
            self.context.budget().read_at(self.fixed.unwrap_or(instruction.at(0)));
            let mut words: Vec<(usize, &str)> = instruction.words().collect();
            if words.first().is_some_and(|(_, word)| word.eq_ignore_ascii_case("ONBUILD")) {
                words.remove(0);
            }
            let Some(((_, keyword), words)) = words.split_first() else { continue };
            match keyword.to_ascii_uppercase().as_str() {
                "ARG" if !in_stage => self.arg(words),
                "FROM" => {
                    in_stage = true;
                    self.from(&instruction, words);
                }
                "COPY" => self.copy(&instruction, words),
                "RUN" => self.run(&instruction, words),
                _ => {}
            }
        }
    }

    /// `ARG name`, `ARG name=default`, several at once.
    fn arg(&mut self, words: &[(usize, &str)]) {
        for (_, word) in words {
            let (name, default) = word.split_once('=').map_or((*word, None), |(name, default)| {
                let default = self.fill(default.trim_matches(['"', '\'']));
                (name, default.missing.is_empty().then_some(default.text))
            });
            self.arguments.insert(name.to_owned(), default);
        }
    }

    /// `FROM [--platform=…] image [AS stage]`
    fn from(&mut self, instruction: &Instruction, words: &[(usize, &str)]) {
        let mut platform = None;
        let mut operands = words.iter().filter(|(_, word)| match word.strip_prefix("--platform=") {
            Some(text) => {
                platform = Some(text);
                false
            }
            None => !word.starts_with("--"),
        });
        let image = operands.next().copied();
        let stage = match (operands.next(), operands.next()) {
            (Some((_, keyword)), Some((_, stage))) if keyword.eq_ignore_ascii_case("AS") => Some(*stage),
            _ => None,
        };
        // Of the builder's or the target's platform nothing is known here.
        let platform = platform
            .map(|text| self.fill(text.trim_matches(['"', '\''])))
            .filter(|platform| platform.missing.is_empty() && !platform.text.is_empty())
            .map(|platform| platform.text);
        if let Some((position, image)) = image {
            let filled = self.fill(image.trim_matches(['"', '\'']));
            let notes = self.notes(&filled);
            if !self.is_stage(&filled.text) {
                self.push(&filled.text, instruction.at(position), notes, platform);
            }
        }
        self.stages.insert(stage.unwrap_or_default().to_ascii_lowercase());
    }

    fn copy(&mut self, instruction: &Instruction, words: &[(usize, &str)]) {
        for (position, word) in words.iter().take_while(|(_, word)| word.starts_with("--")) {
            if let Some(image) = word.strip_prefix("--from=") {
                self.other(image, instruction.at(position + "--from=".len()));
            }
        }
    }

    fn run(&mut self, instruction: &Instruction, words: &[(usize, &str)]) {
        for (position, word) in words.iter().take_while(|(_, word)| word.starts_with("--")) {
            let Some(fields) = word.strip_prefix("--mount=") else { continue };
            let mut at = position + "--mount=".len();
            for field in fields.split(',') {
                if let Some(image) = field.trim_matches('"').strip_prefix("from=") {
                    self.other(image, instruction.at(at + field.len() - image.len()));
                }
                at += field.len() + 1;
            }
        }
    }

    /// An image that is no base: of `--from` and of mounts, where BuildKit fills in no variables.
    fn other(&mut self, image: &str, at: usize) {
        let filled = self.fill(image.trim_matches(['"', '\'']));
        let is_index = filled.text.bytes().all(|byte| byte.is_ascii_digit());
        if (is_index && filled.missing.is_empty()) || self.is_stage(&filled.text) {
            return;
        }
        let mut notes = self.notes(&filled);
        if filled.changed {
            notes.push(
                "docker fills in no variables here: write `FROM <image> AS <stage>` and name the stage"
                    .to_owned(),
            );
        }
        self.push(&filled.text, at, notes, None);
    }

    fn push(&mut self, image: &str, at: usize, notes: Vec<String>, platform: Option<String>) {
        if image.eq_ignore_ascii_case("scratch") || (image.is_empty() && notes.is_empty()) {
            return;
        }
        let target = self.context.push(image, self.fixed.unwrap_or(at), notes);
        target.platform = platform;
    }

    fn is_stage(&self, name: &str) -> bool {
        !name.is_empty() && self.stages.contains(&name.to_ascii_lowercase())
    }

    /// A default of the file, else the environment, as `--build-arg NAME` takes it.
    fn fill(&self, text: &str) -> Filled {
        let value = |name: &str| match self.arguments.get(name) {
            Some(Some(value)) => Some(value.clone()),
            Some(None) => self.context.variable(name),
            // Without an ARG the environment does not count.
            None => None,
        };
        let (style, budget) = (Style::Dockerfile(self.file.escape), self.context.budget());
        Expander { style, value: &value, budget, unknown: None }.fill(text)
    }

    fn notes(&self, filled: &Filled) -> Vec<String> {
        let missing = filled.missing.iter();
        missing
            .map(|(name, _)| match self.arguments.contains_key(name) || PLATFORM_VARIABLES.contains(&name.as_str()) {
                true => format!("variable {name} is not set: pass `--build-arg {name}=<value>`"),
                false => format!("variable {name} is not set: `ARG {name}=<value>` must stand in front of the first FROM"),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DeploymentKind, TargetError, read};

    fn found(text: &str) -> Vec<String> {
        let document = read("Dockerfile", text, &|_| None).unwrap();
        assert_eq!(document.kind, DeploymentKind::Dockerfile);
        let shown = document.targets.iter().map(|target| {
            let place = target.place.as_ref().unwrap();
            let platform = target.platform.as_deref().unwrap_or("-");
            format!("{}:{} {target} {platform} {}", place.line, place.column, target.notes.len())
        });
        shown.collect()
    }

    #[test]
    fn stages_are_no_images() {
        let text = "# syntax=docker/dockerfile:1\n# comment\nARG REGISTRY=123456789012.dkr.ecr.us-east-1.amazonaws.com TAG\nfrom --platform=$BUILDPLATFORM ${REGISTRY}/base:${TAG:-1} as Build\nRUN --mount=type=cache,target=/x --mount=type=bind,from=alpine:3,target=/y make \\\n  # inside\n\n  && COPY --from=not-an-instruction\nFROM --platform=linux/arm64 \\\n  public.ecr.aws/docker/library/debian\nCOPY --from=build /a /a\nCOPY --chown=1 --from=0 /a /a\nCopy --from=$REGISTRY/tool /t /t\nFROM build\nFROM scratch\nFROM $UNKNOWN/x\n";
        let ecr = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        assert_eq!(
            found(text),
            [
                "1:10 docker.io/docker/dockerfile:1 - 0".to_owned(),
                format!("4:32 {ecr}/base:1 - 0"),
                "5:57 docker.io/library/alpine:3 - 0".to_owned(),
                "10:3 public.ecr.aws/docker/library/debian linux/arm64 0".to_owned(),
                format!("13:13 {ecr}/tool - 1"),
                "16:6 /x - 2".to_owned(),
            ]
        );
    }

    #[test]
    fn heredocs_and_other_escapes() {
        let text = "FROM alpine\nRUN <<EOF bash\nFROM nothing\nEOF\nCOPY <<-'A' <<B /x/\nFROM n\n\tA\nFROM n\nB\nRUN echo $((1 <<2))\nFROM busybox";
        let images = ["1:6 docker.io/library/alpine - 0", "11:6 docker.io/library/busybox - 0"];
        assert_eq!(found(text), images);
        let windows = "# escape=`\nFROM `\n  a/b\nRUN dir C:\\\nFROM c/d";
        assert_eq!(found(windows), ["3:3 docker.io/a/b - 0", "5:6 docker.io/c/d - 0"]);
    }

    #[test]
    fn variables_that_double_are_refused() {
        let mut text = "ARG A=xxxxxxxx\n".to_owned();
        for _ in 0..60 {
            text.push_str("ARG A=$A$A\n");
        }
        text.push_str("FROM $A\n");
        let error = read("Dockerfile", &text, &|_| None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Dockerfile:21:1: variables that hold variables come to more than 8 megabytes here; give ecrpass the image itself: `ecrpass doctor <image>`"
        );
        let compose = "services:\n  a:\n    image: ${A:-x}${A:-$A$A}\n";
        let long = |_: &str| Some("x".repeat(5 << 20));
        let error = read("compose.yaml", compose, &long).unwrap_err();
        assert!(matches!(error, TargetError::Limit { .. }), "{error}");
    }

    #[test]
    fn nothing_to_pull_is_said() {
        let error = read("Dockerfile", "FROM scratch\nCOPY a /\n", &|_| None).unwrap_err();
        assert!(matches!(error, TargetError::NoImage { kind: DeploymentKind::Dockerfile, .. }), "{error}");
        let variable = |name: &str| (name == "A").then(|| "h.io".to_owned());
        let text = "ARG A\nFROM $A/x1\nFROM $B/x2";
        let document = read("Dockerfile", text, &variable).unwrap();
        assert_eq!(document.targets[0].to_string(), "h.io/x1");
        assert!(document.targets[1].notes[0].contains("must stand in front of the first FROM"));
        assert!(read("build.txt", "\n# x\nFROM alpine", &|_| None).is_ok());
    }
}
