//! What `ecrpass audit` and `ecrpass ci lint` look for: ECR logins, tokens and keys in files, and logins that will fail.
//!
//! Texts go in, findings come out; nothing here reads a file or a clock, so that the web page can do the same. A file is
//! recognized (`kind`), read by the model of its kind (`shell`, `pipeline`, `infrastructure`, `stored`), and each rule of
//! `rules` looks at what the models say. Unknown is not wrong: what a model cannot know, no rule reports.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod arn;
pub mod audit;
pub mod baseline;
pub mod commands;
pub mod credential_path;
pub mod deed;
pub mod deeds;
pub mod dockerfile;
pub mod edit;
pub mod elsewhere;
pub mod evidence;
pub mod fixing;
pub mod hit;
pub mod host;
pub mod infrastructure;
mod inline_ignore;
pub mod jobs;
pub mod kind;
pub mod known;
pub mod live;
pub mod logins;
mod look;
pub mod misordered;
pub mod models;
pub mod moving_tag;
pub mod named;
pub mod passage;
pub mod pipeline;
pub mod placeholder;
mod places;
pub mod prefilter;
pub mod rule;
pub mod rules;
pub mod schedule;
pub mod scripts;
pub mod settings;
pub mod shell;
pub mod skeleton;
pub mod source;
pub mod stored;
pub mod system;
pub mod version;
mod written_images;
pub mod yaml;
