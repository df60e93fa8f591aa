//! Builds and pipelines of AWS, and events of other services: what they say went wrong is somewhere in them.

use super::super::tree::Node;
use super::notice::Notice;
use super::reader::Reader;
use crate::finding::keep;

/// How many texts of an event are looked at.
const MOST_TEXTS: usize = 100;

/// A text shorter than this is a name, in bytes.
const SHORTEST: usize = 20;

/// An event of CodeBuild: the state of a build, or of one of its phases.
pub fn codebuild(reader: &mut Reader<'_>, detail: &Node) {
    let mut notice = of_project(detail.text_of("project-name"));
    notice.in_region_of(detail.text_of("build-id"));
    let information = detail.get("additional-information");
    let image = information.and_then(|node| node.at(&["environment", "image"])).and_then(Node::text);
    notice.about_image(image);
    for phase in information.map(|node| node.items_of("phases")).unwrap_or_default() {
        for said in phase.items_of("phase-context") {
            reader.say(&mut notice, None, Some(said));
        }
    }
    reader.say(&mut notice, None, detail.get("completed-phase-context"));
    reader.keep(notice);
}

/// A build, as `batch-get-builds` prints it.
pub fn codebuild_build(reader: &mut Reader<'_>, build: &Node) {
    let mut notice = of_project(build.text_of("projectName"));
    notice.in_region_of(build.text_of("arn"));
    notice.time = build.owned("endTime");
    notice.about_image(build.at(&["environment", "image"]).and_then(Node::text));
    for phase in build.items_of("phases") {
        for said in phase.items_of("contexts") {
            reader.say(&mut notice, said.text_of("statusCode"), said.get("message"));
        }
    }
    reader.keep(notice);
}

fn of_project(name: Option<&str>) -> Notice {
    let mut notice = Notice::new("codebuild", format!("CodeBuild project {}", name.unwrap_or_default()));
    keep(&mut notice.details.ci, crate::finding::Ci::Codebuild.id());
    notice
}

/// An event of CodePipeline: the state of an execution, a stage or an action.
pub fn codepipeline(reader: &mut Reader<'_>, detail: &Node) {
    let pipeline = detail.text_of("pipeline").unwrap_or_default();
    let mut notice = Notice::new("codepipeline", format!("CodePipeline {pipeline}"));
    texts(reader, &mut notice, detail);
    reader.keep(notice);
}

/// A pipeline, as `get-pipeline-state` prints it.
pub fn pipeline_state(reader: &mut Reader<'_>, document: &Node) {
    let pipeline = document.text_of("pipelineName").unwrap_or_default();
    let mut notice = Notice::new("codepipeline", format!("CodePipeline {pipeline}"));
    for action in document.items_of("stageStates").iter().flat_map(|stage| stage.items_of("actionStates")) {
        let Some(execution) = action.get("latestExecution") else { continue };
        if execution.text_of("status") != Some("Succeeded") {
            let error = execution.get("errorDetails");
            let code = error.and_then(|error| error.text_of("code"));
            reader.say(&mut notice, code, error.and_then(|error| error.get("message")));
            reader.say(&mut notice, None, execution.get("summary"));
        }
    }
    reader.keep(notice);
}

/// An event of another service.
pub fn other(reader: &mut Reader<'_>, kind: &str, detail: &Node) {
    let mut notice = Notice::new("", kind);
    texts(reader, &mut notice, detail);
    reader.keep(notice);
}

/// All texts that may be sentences.
fn texts(reader: &Reader<'_>, notice: &mut Notice, node: &Node) {
    if notice.said.len() >= MOST_TEXTS {
        return;
    }
    if node.text().is_some_and(|text| text.len() >= SHORTEST && text.contains(' ')) {
        reader.say(notice, None, Some(node));
    }
    node.items().unwrap_or_default().iter().for_each(|item| texts(reader, notice, item));
    node.members().unwrap_or_default().iter().for_each(|(_, value)| texts(reader, notice, value));
}
