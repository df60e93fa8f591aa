//! The variables a deployment file is read with: those of the environment, and of the `.env` beside it.

use std::path::Path;

use ecrpass_clients::client::FileState;
use ecrpass_core::environment::Environment;
use ecrpass_diagnosis::inputs::dot_env;

/// What `docker compose` would fill in for the variables of a file; the environment comes first.
pub fn beside(environment: &dyn Environment, file: &Path) -> impl Fn(&str) -> Option<String> {
    let variable = |name: &str| environment.var(name);
    let dot_env = match FileState::read(environment, &file.with_file_name(".env")) {
        FileState::Text(text) => dot_env(&text, &variable),
        FileState::Missing | FileState::Unreadable(_) => Default::default(),
    };
    move |name: &str| environment.var(name).or_else(|| dot_env.get(name).cloned())
}
