//! What was written: files for the code's repository, policies for AWS, and what somebody has to know.

use ecrpass_iam::generate::format::{cloudformation, json, terraform};
use ecrpass_iam::generate::{Draft, Kind, Refusal};

/// How the policies are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IamFormat {
    /// A document for each, as AWS takes it.
    #[default]
    Json,
    /// For Terraform and OpenTofu.
    Terraform,
    /// A template for each account.
    Cloudformation,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the CI system or the service reads.
    Pipeline,
    /// Who may use the role.
    Trust,
    /// What the role may do, or who may use the repository.
    Policy,
}

impl Part {
    /// One word for machines.
    pub fn id(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Trust => "trust",
            Self::Policy => "policy",
        }
    }
}

/// A file of the recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeFile {
    /// Where it belongs: `.github/workflows/push-image.yml`.
    pub path: String,
    /// What it is for.
    pub part: Part,
    /// Its text, with a final line feed.
    pub text: String,
}

impl RecipeFile {
    /// A file that the system reads.
    pub fn pipeline(path: impl Into<String>, text: String) -> Self {
        Self { path: path.into(), part: Part::Pipeline, text }
    }
}

/// Everything that was written.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// What the system reads.
    pub files: Vec<RecipeFile>,
    /// The policies: trust first.
    pub drafts: Vec<Draft>,
    /// What somebody who uses it has to know, a sentence each.
    pub notes: Vec<String>,
}

impl Recipe {
    /// All files: what the system reads, and the policies below `iam/`.
    ///
    /// # Errors
    /// [`Refusal`] for a policy that the format cannot have.
    pub fn all_files(&self, format: IamFormat) -> Result<Vec<RecipeFile>, Refusal> {
        let mut files = self.files.clone();
        let whole = |path: String, text: String| RecipeFile { path, part: Part::Policy, text };
        match format {
            IamFormat::Json => files.extend(self.drafts.iter().map(|draft| RecipeFile {
                path: format!("iam/{}", draft.file_name()),
                part: if draft.kind == Kind::Trust { Part::Trust } else { Part::Policy },
                text: format!("{}\n", json::document(draft)),
            })),
            IamFormat::Terraform => {
                files.push(whole("iam/role.tf".to_owned(), terraform::configuration(&self.drafts)));
            }
            IamFormat::Cloudformation => {
                // Across accounts there is a template for each.
                let all = cloudformation::templates(&self.drafts)?;
                for (index, text) in all.split("\n---\n").enumerate() {
                    let number = if index == 0 { String::new() } else { format!("-{}", index + 1) };
                    files.push(whole(format!("iam/role{number}.yaml"), format!("{}\n", text.trim_end())));
                }
            }
        }
        Ok(files)
    }

    /// The commands that put the policies to work, in the directory they are in.
    pub fn commands(&self, format: IamFormat) -> Vec<String> {
        match format {
            IamFormat::Json => self.drafts.iter().map(|draft| draft.attach_command().to_string()).collect(),
            IamFormat::Terraform => vec!["terraform init && terraform apply".to_owned()],
            IamFormat::Cloudformation => {
                let name = self.drafts.first().map_or("role", |draft| draft.name.as_str());
                vec![format!(
                    "aws cloudformation deploy --template-file role.yaml --stack-name {} --capabilities CAPABILITY_NAMED_IAM",
                    ecrpass_core::shell::quoted(&name.replace(|c: char| !c.is_ascii_alphanumeric(), "-"))
                )]
            }
        }
    }

    /// What somebody has to know, of the pipeline and of the policies.
    pub fn all_notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        for note in self.drafts.iter().flat_map(|draft| &draft.notes) {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        notes
    }
}
