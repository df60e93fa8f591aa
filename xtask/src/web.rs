//! `cargo xtask web`: makes the web pages, each one file that holds everything, and tests them in a browser.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use lzma_rust2::{LzmaOptions, LzmaWriter};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{command, output, root, run, say, target};
use crate::tools;

const WASM: &str = "wasm32-unknown-unknown";

/// A page: one file, made of what all pages share and of a directory of its own.
struct Page {
    /// Its directory among the sources; the file is named for it in `file`.
    directory: &'static str,
    /// The file that is made.
    file: &'static str,
    /// What the program in it can do: features of ecrpass-web.
    features: &'static str,
    /// Its own scripts, behind those that all pages have.
    scripts: &'static [&'static str],
    /// The most it may measure, in bytes, as it is and compressed.
    largest: (usize, usize),
}

/// Failures and configurations: what somebody opens in a hurry, so it is held to be small.
const EXPLAIN: Page = Page {
    directory: "explain",
    file: "ecrpass.html",
    features: "explain",
    scripts: &["resolve.js", "policy.js"],
    largest: (655_000, 460_000),
};

/// Files and trails: the rules of the audit and what reads all those languages are in it.
const AUDIT: Page = Page {
    directory: "audit",
    file: "audit.html",
    features: "audit,bundle,denials,trail",
    scripts: &["denials.js", "trail.js"],
    largest: (1_390_000, 1_015_000),
};

/// All pages. Each links to the other by its file's name.
const PAGES: [Page; 2] = [EXPLAIN, AUDIT];

impl Page {
    /// Where it is put.
    fn path(&self) -> PathBuf {
        target().join("web").join(self.file)
    }

    /// A text of its sources: its own, or one that all pages share.
    fn read(&self, name: &str) -> Result<String> {
        let shared = root().join("crates/ecrpass-web/page");
        let own = shared.join(self.directory).join(name);
        let path = if own.exists() { own } else { shared.join(name) };
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    }
}

/// Where the pages are put.
pub fn pages() -> [PathBuf; 2] {
    PAGES.map(|page| page.path())
}

/// Builds the pages and checks their sizes.
pub fn build() -> Result<()> {
    let mut too_large = Vec::new();
    for page in PAGES {
        let (glue, wasm) = bindings(&page)?;
        let html = assemble(&page, &glue, &wasm)?;
        let path = page.path();
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(&path, &html)?;
        let compressed = gzip(html.as_bytes())?.len();
        say(&format!("  {}: {} bytes, {compressed} compressed", path.display(), html.len()));
        let (most, most_compressed) = page.largest;
        if html.len() > most || compressed > most_compressed {
            too_large
                .push(format!("{} may measure {most} bytes, and {most_compressed} compressed", page.file));
        }
    }
    match too_large.as_slice() {
        [] => Ok(()),
        pages => bail!("{}", pages.join("; ")),
    }
}

/// The glue for JavaScript and the WebAssembly.
fn bindings(page: &Page) -> Result<(String, Vec<u8>)> {
    // No path of this machine gets into the page, so that it is the same wherever it is built.
    let home =
        std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")));
    let sysroot = output(&mut command("rustc --print sysroot"))?;
    let remap =
        [(home?, "cargo"), (root().display().to_string(), "ecrpass"), (sysroot.trim().to_owned(), "rust")];
    let flags: Vec<String> =
        remap.iter().map(|(from, to)| format!("--remap-path-prefix={from}={to}")).collect();
    let build = format!(
        "cargo build --quiet --locked --profile web --target {WASM} -p ecrpass-web --no-default-features --features {}",
        page.features
    );
    run(command(&build).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")))?;
    let directory = target().join("web/bindings").join(page.directory);
    Bindgen::new()
        .input_path(target().join(WASM).join("web/ecrpass_web.wasm"))
        .no_modules(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&directory)?;
    let glue = fs::read_to_string(directory.join("ecrpass_web.js"))?;
    Ok((glue, fs::read(directory.join("ecrpass_web_bg.wasm"))?))
}

/// One file of all.
fn assemble(page: &Page, glue: &str, wasm: &[u8]) -> Result<String> {
    let read = |name: &&str| page.read(name);
    let style = without_comments(&page.read("style.css")?);
    let before = ["dom.js", "here.js", "frame.js", "examples.js", "engine.js", "input.js", "findings.js"];
    let script =
        before.iter().chain(page.scripts).chain(&["page.js"]).map(read).collect::<Result<String>>()?;
    let script = format!("\"use strict\";\n{}", without_comments(&script));
    let worker = ["lzma.js", "jobs.js", "worker.js"].iter().map(read).collect::<Result<String>>()?;
    let worker = without_comments(&format!("{glue}\n{worker}"));
    if [&script, &worker, &style].iter().any(|text| text.contains("</s")) {
        bail!("a script or style holds `</s`, which would end it in the page");
    }
    let mut html = page.read("shell.html")?;
    let mut put = |name: &str, value: &str| -> Result<()> {
        let placeholder = format!("{{{{{name}}}}}");
        if !html.contains(&placeholder) {
            bail!("shell.html must hold {placeholder}");
        }
        html = html.replace(&placeholder, value);
        Ok(())
    };
    // Scripts last: what they hold is no placeholder.
    for (name, value) in parts(&page.read("parts.html")?)? {
        put(name, value)?;
    }
    put("version", env!("CARGO_PKG_VERSION"))?;
    put("policy", &policy(&script, &style))?;
    put("wasm", &STANDARD.encode(lzma(wasm)?))?;
    put("style", &style)?;
    put("script", &script)?;
    put("worker", &worker)?;
    Ok(html)
}

/// A script or a style without indentation and without the lines that are comments alone; no text of ours goes over lines.
fn without_comments(text: &str) -> String {
    let mut lines = String::new();
    let mut is_comment = false;
    for line in text.lines().map(str::trim) {
        is_comment |= line.starts_with("/*");
        if !is_comment && !line.is_empty() && !line.starts_with("//") {
            lines.push_str(line);
            lines.push('\n');
        }
        is_comment &= !line.contains("*/");
    }
    lines
}

/// The parts of a page's own markup: each begins with a line `<!-- part NAME -->`.
fn parts(text: &str) -> Result<Vec<(&str, &str)>> {
    let named = text.split("<!-- part ").skip(1).map(|part| part.split_once(" -->"));
    let parts: Option<Vec<_>> = named.collect();
    let parts = parts.context("parts.html: a part's name ends with ` -->`")?;
    Ok(parts.into_iter().map(|(name, text)| (name, text.trim())).collect())
}

/// Forbids every connection, form and remote resource, and every script but ours.
fn policy(script: &str, style: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
    [
        "default-src 'none'".to_owned(),
        format!("script-src {} 'wasm-unsafe-eval'", hash(script)),
        format!("style-src {}", hash(style)),
        // The program runs in a worker of its own, made from this file.
        "worker-src blob:".to_owned(),
        "connect-src 'none'".to_owned(),
        "img-src data:".to_owned(),
        "form-action 'none'".to_owned(),
        "base-uri 'none'".to_owned(),
        // Browsers that do not know it say so in their console, and go on.
        "webrtc 'block'".to_owned(),
        "require-trusted-types-for 'script'".to_owned(),
        "trusted-types ecrpass-worker".to_owned(),
    ]
    .join("; ")
}

/// Packed as page/lzma.js unpacks it. What browsers inflate by themselves, gzip, is a third larger, and base64 in a page
/// does not become smaller again on the way: it made 418 kB of what was then 290 in this form.
fn lzma(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut options = LzmaOptions::with_preset(9);
    options.dict_size = 1 << 22;
    (options.lc, options.lp, options.pb) = (4, 0, 0);
    options.nice_len = 273;
    let mut packed = Vec::new();
    let mut writer = LzmaWriter::new_use_header(&mut packed, &options, Some(bytes.len() as u64))?;
    writer.write_all(bytes)?;
    writer.finish()?;
    Ok(packed)
}

/// Packs bytes, the same way each time: neither a name nor a time is kept.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    // Its level 9 makes base64 2 % larger than any other level, and than zlib's own.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(8));
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Tests the pages in a browser, beside the native program.
pub fn test() -> Result<()> {
    prepare()?;
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("crates/ecrpass-web/tests/browser"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    let mut tests = command("node --test --test-reporter=spec --test-timeout=120000");
    // One browser at a time: some of the tests take the time.
    tests.arg("--test-concurrency=1").args(files);
    run(with_environment(&mut tests)?)
}

/// Takes the pictures in the documentation.
pub fn screenshots() -> Result<()> {
    prepare()?;
    let mut script = command("node crates/ecrpass-web/tests/browser/screenshots.mjs");
    run(with_environment(script.arg(root().join("docs/images")))?)
}

fn prepare() -> Result<()> {
    tools::browser()?;
    build()?;
    run(&mut command("cargo build --quiet --profile demo --locked -p ecrpass"))
}

/// The most that the pages may measure, for their tests: `bytes:compressed`, in the order of the pages.
fn limits() -> String {
    PAGES.map(|page| format!("{}:{}", page.largest.0, page.largest.1)).join(" ")
}

fn with_environment(command: &mut Command) -> Result<&mut Command> {
    Ok(command
        .env("ECRPASS_PAGE", EXPLAIN.path())
        .env("ECRPASS_AUDIT_PAGE", AUDIT.path())
        .env("ECRPASS_PAGE_LIMITS", limits())
        .env("ECRPASS", target().join("demo/ecrpass"))
        .env("ECRPASS_BROWSER_TOOLS", tools::browser_directory()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_links_to_the_other_one_and_to_nothing_else() {
        for (page, other) in [(EXPLAIN, AUDIT), (AUDIT, EXPLAIN)] {
            let parts = page.read("parts.html").unwrap();
            assert_eq!(parts.matches("href=").count(), 1);
            assert!(parts.contains(&format!("href=\"{}\"", other.file)), "{parts}");
            let here = page.read("here.js").unwrap();
            assert!(here.contains(&format!("page: \"{}\"", other.file)), "{here}");
        }
    }

    #[test]
    fn only_comments_and_indentation_are_left_out() {
        let script = "// a\n/** b\n * c */\nlet x = 1; // d\n  /* e */\n\n  y(`//`, \"/*\");\n";
        assert_eq!(without_comments(script), "let x = 1; // d\ny(`//`, \"/*\");\n");
    }

    #[test]
    fn every_placeholder_has_its_part() {
        for page in PAGES {
            let text = page.read("parts.html").unwrap();
            let shell = page.read("shell.html").unwrap();
            let names: Vec<&str> = parts(&text).unwrap().into_iter().map(|(name, _)| name).collect();
            let built = ["version", "policy", "wasm", "style", "script", "worker"];
            for placeholder in shell.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")) {
                assert!(
                    names.contains(&placeholder.0) || built.contains(&placeholder.0),
                    "{}",
                    placeholder.0
                );
            }
        }
    }
}
