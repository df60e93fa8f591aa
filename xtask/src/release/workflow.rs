//! The workflow of a release, as far as it can be run here: its scripts, with a directory in the place of GitHub and of the
//! registries, and what has to be true of the file itself.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use crate::command::root;

    fn workflow() -> String {
        fs::read_to_string(root().join(crate::release::channels::WORKFLOW)).unwrap()
    }

    /// Stands in for `gh`, `npm` and `skopeo`: what is uploaded lies in directories below `$WORLD`.
    const GH: &str = r#"#!/bin/sh
set -eu
[ "$1" = release ]
what=$2 tag=$3
shift 3
place="$WORLD/github/$tag"
case $what in
  view)
    [ -d "$place" ] || exit 1
    if [ -e "$WORLD/published-$tag" ]; then echo false; else echo true; fi
    ;;
  create)
    [ ! -d "$place" ]
    case " $* " in *" --draft "*) mkdir -p "$place" ;; *) exit 1 ;; esac
    ;;
  delete) rm -r "$place" ;;
  upload)
    [ ! -e "$WORLD/published-$tag" ]
    cp "$@" "$place/"
    [ ! -e "$WORLD/damage" ] || printf x >> "$place/ecrpass"
    [ ! -e "$WORLD/lose" ] || rm "$place/unlisted"
    ;;
  download) cp "$place"/* "$2/" ;;
  edit) touch "$WORLD/published-$tag" ;;
  *) exit 1 ;;
esac
"#;

    const NPM: &str = r#"#!/bin/sh
set -eu
case $1 in
  view) [ -e "$WORLD/npm-$(echo "$2" | tr /@ __)" ] ;;
  publish)
    for package in "$@"; do :; done
    basename "$package" >> "$WORLD/npm"
    ;;
esac
"#;

    const SKOPEO: &str =
        "#!/bin/sh\necho \"$@\" >> \"$WORLD/skopeo\"\n[ \"$1\" != login ] || cat > \"$WORLD/password\"\n";

    struct World {
        directory: tempfile::TempDir,
    }

    impl World {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let bin = directory.path().join("bin");
            fs::create_dir(&bin).unwrap();
            for (name, text) in [("gh", GH), ("npm", NPM), ("skopeo", SKOPEO)] {
                fs::write(bin.join(name), text).unwrap();
                fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
            }
            Self { directory }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.directory.path().join(name)
        }

        /// Runs a script; whether it succeeded, and what it said.
        fn run(&self, script: &str, arguments: &[&str], directory: &Path) -> (bool, String) {
            let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
            let output = Command::new("sh")
                .arg(root().join("packaging/release").join(script))
                .args(arguments)
                .env("PATH", path)
                .env("WORLD", self.directory.path())
                .env("GITHUB_TOKEN", "the-token-of-the-job")
                .current_dir(directory)
                .output()
                .unwrap();
            let said = [output.stdout, output.stderr].concat();
            (output.status.success(), String::from_utf8_lossy(&said).into_owned())
        }

        /// A small release.
        fn release(&self) -> PathBuf {
            let release = self.path("release");
            fs::create_dir(&release).unwrap();
            let mut sums = crate::release::channels::Sums::default();
            for (name, text) in [("ecrpass", "program"), ("CHANGELOG.md", "# Changelog\n"), ("unlisted", "x")]
            {
                fs::write(release.join(name), text).unwrap();
                if name != "unlisted" {
                    sums.add(name, text.as_bytes());
                }
            }
            let text: String = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
            fs::write(release.join("SHA256SUMS"), text).unwrap();
            release
        }

        fn draft(&self) -> (bool, String) {
            let release = self.path("release").display().to_string();
            self.run("draft.sh", &["v0.1.0", &release], self.directory.path())
        }
    }

    #[test]
    fn a_release_is_a_draft_until_it_is_published_and_then_it_is_left_alone() {
        let world = World::new();
        let release = world.release();
        let (fine, said) = world.draft();
        assert!(fine && said.contains("v0.1.0 is a draft of 4 files"), "{said}");
        for name in ["ecrpass", "CHANGELOG.md", "SHA256SUMS"] {
            let sent = fs::read(release.join(name)).unwrap();
            assert_eq!(fs::read(world.path("github/v0.1.0").join(name)).unwrap(), sent);
        }
        // A run that is repeated makes the draft again.
        assert!(world.draft().0);
        assert!(world.run("publish.sh", &["v0.1.0"], world.directory.path()).0);
        let (fine, said) = world.draft();
        assert!(!fine && said.contains("published already"), "{said}");
        let (fine, said) = world.run("publish.sh", &["v0.1.0"], world.directory.path());
        assert!(!fine && said.contains("is no draft"), "{said}");
    }

    #[test]
    fn what_does_not_arrive_as_it_was_sent_is_no_draft() {
        for trouble in ["damage", "lose"] {
            let world = World::new();
            world.release();
            fs::write(world.path(trouble), "").unwrap();
            let (fine, said) = world.draft();
            assert!(!fine, "{trouble}: {said}");
        }
        let world = World::new();
        fs::write(world.release().join("ecrpass"), "another").unwrap();
        assert!(!world.draft().0, "sent though its sum is another's");
        assert!(!world.path("github").exists());
    }

    #[test]
    fn the_tag_the_version_and_the_changelog_have_to_agree() {
        let world = World::new();
        let directory = world.path("sources");
        fs::create_dir(&directory).unwrap();
        let manifest = "[workspace]\nversion = \"9.9.9\"\n\n[workspace.package]\nversion = \"1.2.3\"\n";
        fs::write(directory.join("Cargo.toml"), manifest).unwrap();
        let change = |text: &str| fs::write(directory.join("CHANGELOG.md"), text).unwrap();
        change("# Changelog\n\n## Unreleased\n");
        let (fine, said) = world.run("check-tag.sh", &["v1.2.3"], &directory);
        assert!(!fine && said.contains("no section for 1.2.3"), "{said}");
        change("# Changelog\n\n## 1.2.30 - 2027-01-02\n");
        assert!(!world.run("check-tag.sh", &["v1.2.3"], &directory).0);
        change("# Changelog\n\n## 1.2.3 - 2027-01-02\n");
        assert!(world.run("check-tag.sh", &["v1.2.3"], &directory).0);
        let (fine, said) = world.run("check-tag.sh", &["v9.9.9"], &directory);
        assert!(!fine && said.contains("Cargo.toml says 1.2.3"), "{said}");
    }

    #[test]
    fn npm_gets_the_platforms_first_and_nothing_twice() {
        let world = World::new();
        let release = world.path("packages");
        fs::create_dir(&release).unwrap();
        let material = crate::release::material::Material::example_of(&["x86_64-unknown-linux-musl"]);
        let about = crate::release::about::About::example();
        let mut packages = crate::release::npm::packages(&about, &material.targets(), &material).unwrap();
        packages.push(("ecrpass-chart-0.1.0.tgz".to_owned(), Vec::new()));
        for (name, bytes) in packages {
            fs::write(release.join(name), bytes).unwrap();
        }
        let arguments = [release.to_str().unwrap()];
        let (fine, said) = world.run("npm.sh", &arguments, world.directory.path());
        assert!(fine, "{said}");
        let published = fs::read_to_string(world.path("npm")).unwrap();
        assert_eq!(published, "ecrpass-linux-x64-0.1.0.tgz\necrpass-0.1.0.tgz\n");
        fs::write(world.path("npm-_ecrpass_linux-x64_0.1.0"), "").unwrap();
        fs::write(world.path("npm-ecrpass_0.1.0"), "").unwrap();
        let (fine, said) = world.run("npm.sh", &arguments, world.directory.path());
        assert!(fine && said.contains("@ecrpass/linux-x64 0.1.0 is there already"), "{said}");
        assert_eq!(fs::read_to_string(world.path("npm")).unwrap(), published);
    }

    #[test]
    fn the_image_is_copied_whole_and_no_password_is_an_argument() {
        let world = World::new();
        let (fine, said) =
            world.run("image.sh", &["release", "ghcr.io/owner/ecrpass", "0.1.0"], world.directory.path());
        assert!(fine, "{said}");
        let asked = fs::read_to_string(world.path("skopeo")).unwrap();
        assert_eq!(
            asked,
            "login --username token --password-stdin ghcr.io\ncopy --all --preserve-digests oci-archive:release/ecrpass-0.1.0-image.tar docker://ghcr.io/owner/ecrpass:0.1.0\n"
        );
        assert_eq!(fs::read_to_string(world.path("password")).unwrap(), "the-token-of-the-job");
    }

    #[test]
    fn programs_are_programs_again() {
        let world = World::new();
        let file = world.path("programs");
        fs::create_dir(&file).unwrap();
        fs::write(file.join("x"), "").unwrap();
        assert!(world.run("executable.sh", &["programs"], world.directory.path()).0);
        assert_eq!(fs::metadata(file.join("x")).unwrap().permissions().mode() & 0o777, 0o755);
    }

    #[test]
    fn every_action_is_pinned_to_a_commit_and_says_which_release_that_is() {
        let mut count = 0;
        for line in workflow().lines() {
            let Some((_, used)) = line.split_once("uses: ") else { continue };
            let (action, version) =
                used.split_once(" # ").unwrap_or_else(|| panic!("{used} names no release"));
            let (_, commit) = action.split_once('@').unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()), "{used}");
            assert!(version.starts_with('v'), "{used}");
            count += 1;
        }
        assert!(count > 8, "only {count} actions were found");
    }

    #[test]
    fn nothing_is_allowed_to_all_jobs_and_nothing_is_pasted_into_a_script() {
        let text = workflow();
        assert!(text.contains("\npermissions: {}\n"));
        let mut commands = 0;
        for line in text.lines().filter_map(|line| line.trim().strip_prefix("- run: ")) {
            assert!(!line.contains("${{") && line != "|", "{line}");
            commands += 1;
        }
        assert!(commands > 8, "only {commands} commands were found");
        for (job, permission) in [("linux", "contents: read"), ("pypi", "id-token: write")] {
            let (_, after) = text.split_once(&format!("\n  {job}:\n")).unwrap();
            assert!(after.contains(permission));
        }
        assert_eq!(text.matches("contents: write").count(), 1, "only one job writes the release");
    }

    #[test]
    fn every_script_that_is_called_is_there() {
        for line in workflow().lines().filter_map(|line| line.trim().strip_prefix("- run: sh ")) {
            let script = line.split(' ').next().unwrap();
            assert!(root().join(script).is_file(), "{script}");
        }
    }
}
