//! The variables a deployment file is read with: those of the environment, and of the `.env` beside it.

use std::env;
use std::path::Path;

use ecrpass_clients::client::FileState;
use ecrpass_diagnosis::inputs::dot_env;

use super::machine::read;

/// What `docker compose` would fill in for the variables of a file; the environment comes first.
pub fn beside(file: &Path) -> impl Fn(&str) -> Option<String> {
    let environment = |name: &str| env::var(name).ok();
    let dot_env = match read(&file.with_file_name(".env")) {
        FileState::Text(text) => dot_env(&text, &environment),
        FileState::Missing | FileState::Unreadable(_) => Default::default(),
    };
    move |name: &str| environment(name).or_else(|| dot_env.get(name).cloned())
}
