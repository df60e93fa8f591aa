//! What the tests wish for, and how they look at what is written.

use ecrpass_audit::audit::{Question, audit};
use ecrpass_audit::kind::FileKind;
use ecrpass_audit::rules::RULES;
use ecrpass_audit::settings::Settings;
use ecrpass_audit::source::{Owner, SourceFile, Tree};

use crate::pipelines::{IamFormat, System, Wanted, generate};

/// An image in a registry.
pub const IMAGE: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/app";

pub fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The least that a system takes.
pub fn least(system: System, image: &str) -> Wanted {
    let (code, claims): (Option<&str>, &[(&str, &str)]) = match system {
        System::Github => (Some("team/app"), &[("repository-id", "22"), ("owner-id", "11")]),
        System::Gitlab => (Some("team/app"), &[]),
        System::Jenkins => (
            Some("https://jenkins.example.com/job/app/"),
            &[("host", "jenkins.example.com/oidc"), ("aud", "sts.amazonaws.com")],
        ),
        System::Circleci => (Some("o-1/p-1"), &[("origin", "github.com/team/app")]),
        System::Bitbucket => (Some("team/app"), &[("workspace-id", "w-1"), ("repository-id", "r-1")]),
        System::Buildkite => (Some("team/app"), &[]),
        System::Azure => (Some("team/app"), &[("organization-id", "g-1"), ("connection", "aws")]),
        System::Codebuild => (Some("app"), &[]),
        System::Ecs | System::Lambda | System::Ec2 | System::Eks => (None, &[]),
    };
    let has_branches = system.is_federated();
    let image = if system.builds() { image.to_owned() } else { format!("{image}:v1") };
    Wanted {
        system: Some(system),
        image,
        code: code.map(str::to_owned),
        branches: if has_branches { strings(&["main"]) } else { Vec::new() },
        claims: pairs(claims),
        ..Wanted::default()
    }
}

/// All files as one text.
pub fn text(wanted: &Wanted) -> String {
    let recipe = generate(wanted).unwrap();
    let files = recipe.all_files(IamFormat::Json).unwrap();
    let mut text: String = files.iter().map(|file| format!("==> {} <==\n{}", file.path, file.text)).collect();
    for note in recipe.all_notes() {
        text.push_str(&format!("note: {note}\n"));
    }
    text
}

/// What the audit finds in the files, as they would stand in a repository.
pub fn found(wanted: &Wanted) -> Vec<String> {
    let recipe = generate(wanted).unwrap();
    let mut files = recipe.all_files(IamFormat::Json).unwrap();
    files.extend(
        recipe.all_files(IamFormat::Terraform).unwrap().into_iter().filter(|file| file.path.ends_with(".tf")),
    );
    let sources = files.iter().map(|file| SourceFile {
        path: file.path.clone(),
        text: file.text.clone(),
        kind: FileKind::of(&file.path, &file.text),
        owner: Owner::Repository,
    });
    let tree = Tree::new(sources.collect(), 1_800_000_000);
    if wanted.system.unwrap().builds() {
        let pipeline = &tree.files()[0];
        assert!(matches!(pipeline.kind, FileKind::Pipeline(_)), "{}", pipeline.path);
    }
    let question =
        Question { rules: RULES, settings: &Settings::default(), only: None, only_pipelines: false };
    let found = audit(&tree, &question).found;
    found.iter().map(|found| format!("{}: {} {}", found.path, found.id, found.finding.title)).collect()
}

/// What the audit sees a pipeline do: it has to push the image, and to have the helper for it.
pub fn deeds(wanted: &Wanted) -> String {
    let recipe = generate(wanted).unwrap();
    let file = &recipe.files[0];
    let source = SourceFile {
        path: file.path.clone(),
        text: file.text.clone(),
        kind: FileKind::of(&file.path, &file.text),
        owner: Owner::Repository,
    };
    let tree = Tree::new(vec![source], 0);
    let common = ecrpass_audit::models::Common::default();
    let shelf = ecrpass_audit::models::Shelf::new(&tree, &common);
    let pipeline = shelf.models(0).unwrap().pipeline().unwrap();
    let deeds: Vec<_> = pipeline.jobs.iter().flat_map(ecrpass_audit::pipeline::Job::deeds).collect();
    format!("{:?}", deeds.iter().map(|deed| &deed.what).collect::<Vec<_>>())
}
