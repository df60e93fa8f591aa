//! The scripts that stand in a file, whatever it is: a shell script itself, recipes of a Makefile, lines of a crontab, tasks.
//!
//! Those of pipelines are the pipelines' own; `of` gives both.

mod ansible;
mod boot;
mod canned;
mod image;
mod kubernetes;
mod lines;
pub mod make_condition;
mod make_values;
mod placed;
mod recipes;
mod sourced;
mod specification;
mod unit;

pub use boot::of_machines;
pub use image::of_image;
pub use lines::crontab;
pub use placed::{Placed, Runs};
pub use specification::of_projects;
pub use unit::{Timer, timer};

use crate::kind::FileKind;
use crate::passage::Passage;
use crate::shell::{self, Dialect};
use crate::source::{SourceFile, Tree};
use crate::yaml::Node;

/// The scripts of a file that is no pipeline. `documents` are those of its YAML or JSON.
pub fn of_file(file: &SourceFile, documents: &[Node], tree: &Tree) -> Vec<Placed> {
    let whole = || Passage::verbatim(file.text.as_str(), 0);
    match file.kind {
        FileKind::Shell => {
            let around = sourced::variables(file, tree);
            let mut script = shell::read(&whole(), Dialect::Posix, &|name| around.get(name).cloned(), false);
            sourced::calls(&mut script, file, tree);
            let runs = if boot::is_user_data(&file.path) { Runs::AtBoot } else { Runs::Called };
            vec![Placed { script, runs }]
        }
        FileKind::PowerShell => {
            vec![Placed::called(shell::read(&whole(), Dialect::PowerShell, &|_| None, false))]
        }
        FileKind::Batch => vec![Placed::called(shell::read(&whole(), Dialect::Cmd, &|_| None, false))],
        FileKind::Makefile => recipes::read(file, tree),
        FileKind::NodePackage => recipes::of_node(documents),
        FileKind::Taskfile => recipes::of_taskfile(documents),
        FileKind::Crontab => lines::crontab(&whole(), &file.path),
        FileKind::History => lines::history(&whole()),
        FileKind::Unit => unit::read(file, tree),
        FileKind::CloudInit => boot::read(file, documents),
        FileKind::Ansible => ansible::read(documents),
        FileKind::Kubernetes => kubernetes::read(documents),
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[path = "scripts/tests.rs"]
mod tests;
