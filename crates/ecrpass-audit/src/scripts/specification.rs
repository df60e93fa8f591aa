//! Build specifications of CodeBuild that stand in infrastructure code: their commands, as scripts.

use crate::infrastructure::InScope;
use crate::infrastructure::datum::Datum;
use crate::passage::Passage;
use crate::pipeline::{self, StepKind};
use crate::scripts::boot::moved;
use crate::scripts::placed::Placed;
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml;

/// Projects, by their names in Terraform and CloudFormation.
const PROJECTS: [&str; 2] = ["aws_codebuild_project", "AWS::CodeBuild::Project"];

/// The scripts of specifications in a file.
pub fn of_projects(file: &SourceFile, stack: &InScope<'_>, tree: &Tree) -> Vec<Placed> {
    let mut all = Vec::new();
    for resource in stack.stack.resources.iter().filter(|resource| !resource.is_off && resource.is(&PROJECTS))
    {
        resource.body.walk("", &mut |key, datum| {
            if matches!(key, "buildspec" | "BuildSpec")
                && let Some(passage) = written(stack, datum)
            {
                all.extend(scripts(file, &passage, tree));
            }
        });
    }
    all
}

/// The text, if it is more than the name of a file, and stands in this one.
fn written(stack: &InScope<'_>, datum: &Datum) -> Option<Passage> {
    let followed = stack.scope.follow(datum).datum;
    let passage = stack.scope.passage(followed).filter(|passage| passage.text().contains('\n'))?;
    let is_here = datum.bytes.contains(&passage.place(0))
        || stack.stack.locals.iter().any(|(_, value)| value.bytes.contains(&passage.place(0)));
    is_here.then_some(passage)
}

fn scripts(file: &SourceFile, passage: &Passage, tree: &Tree) -> Vec<Placed> {
    let documents = yaml::read_partly(passage.text()).0;
    let read = pipeline::read(System::Codebuild, file, &documents, tree);
    let steps = read.into_iter().flat_map(|pipeline| pipeline.jobs).flat_map(|job| job.steps);
    let scripts = steps.filter_map(|step| match step.kind {
        StepKind::Run(script) => Some(Placed::called(script)),
        _ => None,
    });
    scripts.map(|placed| moved(placed, passage)).collect()
}
