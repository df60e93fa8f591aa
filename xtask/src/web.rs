//! `cargo xtask web`: makes the web page, one file that holds everything, and tests it in a browser.

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

/// The most the page may measure, in bytes, as it is and compressed.
const MAX_PAGE: usize = 1_300_000;
const MAX_COMPRESSED: usize = 950_000;

const WASM: &str = "wasm32-unknown-unknown";

/// The page's sources.
fn sources() -> PathBuf {
    root().join("crates/ecrpass-web/page")
}

/// Where the page is put.
pub fn page() -> PathBuf {
    target().join("web/ecrpass.html")
}

/// Builds the page and checks its size.
pub fn build() -> Result<()> {
    let (glue, wasm) = bindings()?;
    let html = assemble(&glue, &wasm)?;
    let page = page();
    fs::create_dir_all(page.parent().unwrap_or(Path::new(".")))?;
    fs::write(&page, &html)?;
    let compressed = gzip(html.as_bytes())?.len();
    say(&format!("  {}: {} bytes, {compressed} compressed", page.display(), html.len()));
    if html.len() > MAX_PAGE || compressed > MAX_COMPRESSED {
        bail!("the page may measure {MAX_PAGE} bytes, and {MAX_COMPRESSED} compressed");
    }
    Ok(())
}

/// The glue for JavaScript and the WebAssembly.
fn bindings() -> Result<(String, Vec<u8>)> {
    // No path of this machine gets into the page, so that it is the same wherever it is built.
    let home =
        std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")));
    let sysroot = output(&mut command("rustc --print sysroot"))?;
    let remap =
        [(home?, "cargo"), (root().display().to_string(), "ecrpass"), (sysroot.trim().to_owned(), "rust")];
    let flags: Vec<String> =
        remap.iter().map(|(from, to)| format!("--remap-path-prefix={from}={to}")).collect();
    let build = format!("cargo build --quiet --locked --profile web --target {WASM} -p ecrpass-web");
    run(command(&build).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")))?;
    let directory = target().join("web/bindings");
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
fn assemble(glue: &str, wasm: &[u8]) -> Result<String> {
    let read = |name: &str| {
        let path = sources().join(name);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let style = read("style.css")?;
    let script = [
        "dom.js",
        "examples.js",
        "engine.js",
        "input.js",
        "findings.js",
        "resolve.js",
        "policy.js",
        "page.js",
    ]
    .into_iter()
    .map(read)
    .collect::<Result<String>>()?;
    let script = format!("\"use strict\";\n{script}");
    let worker = format!("{glue}\n{}{}", read("lzma.js")?, read("worker.js")?);
    if [&script, &worker, &style].iter().any(|text| text.contains("</s")) {
        bail!("a script or style holds `</s`, which would end it in the page");
    }
    let wasm = STANDARD.encode(lzma(wasm)?);
    let policy = policy(&script, &style);
    let mut html = read("index.html")?;
    for (name, value) in
        [("policy", policy), ("style", style), ("script", script), ("worker", worker), ("wasm", wasm)]
    {
        let placeholder = format!("{{{{{name}}}}}");
        if html.matches(&placeholder).count() != 1 {
            bail!("index.html must hold {placeholder} once");
        }
        html = html.replace(&placeholder, &value);
    }
    Ok(html.replace("{{version}}", env!("CARGO_PKG_VERSION")))
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
    (options.lc, options.lp, options.pb) = (3, 0, 0);
    let mut packed = Vec::new();
    let mut writer = LzmaWriter::new_use_header(&mut packed, &options, Some(bytes.len() as u64))?;
    writer.write_all(bytes)?;
    writer.finish()?;
    Ok(packed)
}

/// Packs bytes, the same way each time: neither a name nor a time is kept.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Tests the page in a browser, beside the native program.
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

fn with_environment(command: &mut Command) -> Result<&mut Command> {
    Ok(command
        .env("ECRPASS_PAGE", page())
        .env("ECRPASS", target().join("demo/ecrpass"))
        .env("ECRPASS_BROWSER_TOOLS", tools::browser_directory()?))
}
