//! This machine: its files, its programs, and what its clients have stored on it.

pub mod atomic_file;
pub mod clean_path;
pub mod cloud_platform;
pub mod file_list;
pub mod files;
pub mod in_repository;
pub mod in_root;
#[cfg(unix)]
pub mod kept_file;
pub mod machine;
pub mod named_output;
pub mod named_profile;
pub mod new_files;
pub mod own_program;
pub mod placement;
pub mod planned;
pub mod programs;
#[cfg(unix)]
pub mod provider_run;
pub mod service;
pub mod sign_ins;
pub mod sso;
pub mod standard_input;
pub mod stream;
pub mod tokens;
pub mod variables;
