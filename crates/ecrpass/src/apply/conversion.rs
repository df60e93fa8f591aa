//! Converts pipelines: shows the change of each file, makes it where that is wanted, and says what has to be there for it.

use std::path::Path;

use ecrpass_audit::source::SourceFile;
use ecrpass_generate::convert::{Conversion, Obstacle, Target, convert};
use serde::Serialize;

use crate::apply::audited_file::{Left, change};
use crate::collect::audit_tree::AuditTree;
use crate::error::CommandError;
use crate::render::diff::text_diff;
use crate::render::ui::{GOOD, Ui, styled};

/// How the result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Diffs
    #[default]
    Text,
    /// One object, for programs
    Json,
}

/// What became of a file, for programs.
#[derive(Serialize)]
struct File {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    logins: usize,
    registries: Vec<String>,
    needs: Vec<String>,
    secrets: Vec<String>,
    obstacles: Vec<Place>,
}

#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
    what: String,
    next: String,
}

#[derive(Serialize)]
struct Files {
    schema: &'static str,
    files: Vec<File>,
}

/// Converts the files of the trees that were named.
///
/// # Errors
/// [`CommandError::Found`] when a place is not understood.
pub fn run(
    trees: Vec<AuditTree>,
    target: &Target,
    write: bool,
    format: Format,
    here: &Path,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let mut all = Vec::new();
    for place in &trees {
        for file in place.tree.files() {
            if place.only.as_ref().is_some_and(|only| !only.contains(&file.path)) {
                continue;
            }
            let shown = place.shown(&file.path, here);
            match convert(&place.tree, &file.path, target) {
                Ok(Some(done)) => {
                    match converted(&place.real(&file.path), &shown, file, &done, write, format, ui)? {
                        None => all.push(of(shown, done)),
                        Some(left) => {
                            // The others are converted all the same.
                            ui.notes(left.lines(&shown));
                            let Left { what, next } = left;
                            all.push(untouched(shown, vec![Place { line: 1, column: 1, what, next }]));
                        }
                    }
                }
                Ok(None) => {
                    if format == Format::Text {
                        ui.note(&format!("{shown}: there is no login to convert."));
                    }
                    all.push(untouched(shown, Vec::new()));
                }
                Err(obstacles) => {
                    let places: Vec<Place> =
                        obstacles.into_iter().map(|obstacle| place_of(file, obstacle)).collect();
                    if format == Format::Text {
                        for place in &places {
                            let at = format!("{shown}:{}:{}", place.line, place.column);
                            ui.error(&format!("{at}: {}", place.what), [format!("Next: {}", place.next)]);
                        }
                        ui.note(&format!("{shown} was left as it is."));
                    }
                    all.push(untouched(shown, places));
                }
            }
        }
    }
    if all.is_empty() {
        return Err(CommandError::could_not_run(
            "No file could be read.",
            "check the paths and who may read them",
        ));
    }
    let has_obstacles = all.iter().any(|file| !file.obstacles.is_empty());
    if format == Format::Json {
        ui.json(&Files { schema: "ecrpass/conversion/1", files: all })?;
    }
    if has_obstacles { Err(CommandError::Found) } else { Ok(()) }
}

/// Shows the change of a file, and makes it; why it was not made, if so.
fn converted(
    path: &Path,
    shown: &str,
    file: &SourceFile,
    done: &Conversion,
    write: bool,
    format: Format,
    ui: &mut Ui,
) -> Result<Option<Left>, CommandError> {
    let change = match change(path, &file.text, &done.text) {
        Ok(change) => change,
        Err(left) => return Ok(Some(left)),
    };
    if format == Format::Text {
        ui.results(text_diff(shown, &file.text, &done.text))?;
    }
    if write && let Err(left) = change.make() {
        return Ok(Some(left));
    }
    if format == Format::Text {
        if write {
            ui.result(&format!("{} {shown} is converted", styled(GOOD, "✓")))?;
        }
        ui.notes(done.needs.iter().map(|need| format!("needs: {need}")));
        if !done.secrets.is_empty() {
            ui.note(&format!(
                "Once it runs, these stored keys can be deleted, if nothing else uses them: {}",
                done.secrets.join(", ")
            ));
        }
    }
    Ok(None)
}

fn of(path: String, done: Conversion) -> File {
    File {
        path,
        text: Some(done.text),
        logins: done.logins,
        registries: done.hosts,
        needs: done.needs,
        secrets: done.secrets,
        obstacles: Vec::new(),
    }
}

fn untouched(path: String, obstacles: Vec<Place>) -> File {
    File {
        path,
        text: None,
        logins: 0,
        registries: Vec::new(),
        needs: Vec::new(),
        secrets: Vec::new(),
        obstacles,
    }
}

fn place_of(file: &SourceFile, obstacle: Obstacle) -> Place {
    let (line, column) = file.position(obstacle.bytes.start);
    Place { line, column, what: obstacle.what, next: obstacle.next }
}
