//! The parts of the test suite: one list, one part per entry, each with its steps and its time budget. A part that
//! is green but over its budget has failed: a suite that nobody waits for is a suite that nobody runs.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use cargo_metadata::Message;

/// One part of the suite.
pub struct Part {
    /// What the report calls it.
    pub name: &'static str,
    /// The longest that its steps may take together; building has none, since it depends on what is cached.
    pub budget_s: Option<u64>,
    /// Command lines for cargo, run in order. One that begins with `tests` runs the tests of the crates that it names, as
    /// they were built with the whole workspace: built with fewer crates, dependencies would have other features, and be
    /// built anew. A number says how many of them go at one time; else it is one for each core. Those of replicas in one
    /// process mostly wait for elections.
    pub steps: &'static [&'static str],
}

/// The whole suite, in order. A new part is a new entry.
pub const PARTS: &[Part] = &[
    Part { name: "fmt", budget_s: None, steps: &["fmt --all --check"] },
    Part {
        name: "clippy",
        budget_s: None,
        steps: &[
            "clippy --release --workspace --all-targets -- -D warnings",
            "clippy --release -p reeve-sim --all-targets --features planted -- -D warnings",
        ],
    },
    Part {
        name: "compile",
        budget_s: None,
        steps: &[
            "test --release --workspace --no-run",
            "test --release -p reeve-sim --features planted --test planted --test planted_cluster --no-run",
            "build --release --workspace --bins",
        ],
    },
    Part {
        name: "law",
        budget_s: Some(120),
        steps: &[
            "tests reeve-core reeve-sim xtask",
            "test --release -p reeve-sim --features planted --test planted --test planted_cluster",
            "run --release --bin reeve-sim -- law --seeds 500 --steps 500",
        ],
    },
    Part {
        name: "replicas",
        budget_s: Some(240),
        steps: &[
            "tests reeve-store reeve-proto reeve-server reeve-client reeve-bench reeve-town reeve reeve-trials",
            "tests 6 reeve-node",
        ],
    },
];

/// Runs `parts` up to the first failure and reports. The last line written is `N passed, M failed`, counting steps;
/// a part over its budget is one failure more.
pub fn run(parts: &[Part], out: &mut impl Write) -> Result<ExitCode> {
    let target = target_dir()?;
    let report = run_with(parts, |step| cargo(step, &target), out)?;
    Ok(if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `run`, by whoever knows how to do a step and to say what went wrong.
fn run_with(
    parts: &[Part],
    mut step: impl FnMut(&str) -> Result<Option<String>>,
    out: &mut impl Write,
) -> Result<Report> {
    let mut report = Report::default();
    for part in parts {
        if let Some(failure) = run_part(part, &mut step, &mut report, out)? {
            report.failed += 1;
            writeln!(out, "\nFAILED in part `{}`: {failure}", part.name)?;
            break;
        }
    }
    report.write(parts, out)?;
    Ok(report)
}

/// What happened so far.
#[derive(Default)]
struct Report {
    /// Time per part that was started, in the order of the list.
    times: Vec<Duration>,
    passed: usize,
    failed: usize,
}

impl Report {
    fn write(&self, parts: &[Part], out: &mut impl Write) -> Result<()> {
        writeln!(out, "\n{:<12} {:>9} {:>9}", "part", "time", "budget")?;
        for (index, part) in parts.iter().enumerate() {
            let time =
                self.times.get(index).map_or("not run".into(), |time| format!("{:.1} s", time.as_secs_f64()));
            let budget = part.budget_s.map_or("-".into(), |budget| format!("{budget} s"));
            writeln!(out, "{:<12} {time:>9} {budget:>9}", part.name)?;
        }
        writeln!(out, "\n{} passed, {} failed", self.passed, self.failed)?;
        Ok(())
    }
}

/// Runs one part and says what went wrong, if anything did.
fn run_part(
    part: &Part,
    do_step: &mut impl FnMut(&str) -> Result<Option<String>>,
    report: &mut Report,
    out: &mut impl Write,
) -> Result<Option<String>> {
    let start = Instant::now();
    let mut failure = None;
    for step in part.steps {
        writeln!(out, "\n== {}: {step}", part.name)?;
        out.flush()?;
        failure = do_step(step)?;
        if failure.is_some() {
            break;
        }
        report.passed += 1;
    }
    let time = start.elapsed();
    report.times.push(time);
    writeln!(out, "== {}: {:.1} s", part.name, time.as_secs_f64())?;
    Ok(failure.or_else(|| overrun(part, time)))
}

/// Does one step; what it prints goes straight to the terminal.
fn cargo(step: &str, target: &Path) -> Result<Option<String>> {
    if let Some(words) = step.strip_prefix("tests ") {
        let (threads, crates): (Vec<_>, Vec<_>) = words.split_whitespace().partition(|word| is_number(word));
        return tests(&crates, threads.first().copied());
    }
    let mut command = Command::new("cargo");
    command.args(arguments(step, target));
    if is_planted(step)
        && let Some(folder) = rocksdb(target)?
    {
        // The same library: it takes minutes to compile, and no bug is planted in it.
        command.env("ROCKSDB_LIB_DIR", folder).env("ROCKSDB_STATIC", "1");
    }
    let status = command.status();
    let status = status.with_context(|| format!("cannot start `cargo {step}`"))?;
    Ok((!status.success()).then(|| format!("`cargo {step}` ended with {status}")))
}

fn is_number(word: &str) -> bool {
    word.parse::<usize>().is_ok()
}

/// Runs the tests of these crates, each where cargo would run it.
fn tests(crates: &[&str], threads: Option<&str>) -> Result<Option<String>> {
    let mut build = Command::new("cargo");
    build.args(["test", "--release", "--workspace", "--no-run", "--message-format=json-render-diagnostics"]);
    let built = build.stderr(Stdio::null()).output().context("cannot start cargo")?;
    ensure!(built.status.success(), "the tests do not build");
    let mut met = BTreeSet::new();
    for message in Message::parse_stream(built.stdout.as_slice()) {
        let Message::CompilerArtifact(artifact) = message.context("what cargo says cannot be read")? else {
            continue;
        };
        let folder = artifact.manifest_path.parent().context("a manifest has a folder")?;
        let manifest = fs::read_to_string(&artifact.manifest_path)?;
        let named = |name: &&&str| manifest.contains(&format!("name = \"{name}\"\n"));
        let (Some(name), Some(program)) = (crates.iter().find(named), artifact.executable) else { continue };
        if !artifact.profile.test {
            continue;
        }
        met.insert(*name);
        let mut command = Command::new(&program);
        command.current_dir(folder).envs(threads.map(|threads| ("RUST_TEST_THREADS", threads)));
        let status = command.status();
        let status = status.with_context(|| format!("cannot start {program}"))?;
        if !status.success() {
            return Ok(Some(format!("the tests `{}` of {name} ended with {status}", artifact.target.name)));
        }
    }
    let lost: Vec<_> = crates.iter().filter(|name| !met.contains(*name)).collect();
    Ok((!lost.is_empty()).then(|| format!("no tests were found of {lost:?}")))
}

/// The complaint about a green part that took too long.
fn overrun(part: &Part, time: Duration) -> Option<String> {
    let budget_s = part.budget_s?;
    (time > Duration::from_secs(budget_s)).then(|| {
        format!("green, but {:.1} s is over its budget of {budget_s} s; make it faster", time.as_secs_f64())
    })
}

/// The words of one step. A planted build carries known bugs, so it never shares a folder with the real one: it goes
/// to its own, whoever wrote the step.
fn arguments(step: &str, target: &Path) -> Vec<String> {
    let mut words: Vec<String> = step.split_whitespace().map(String::from).collect();
    if is_planted(step) {
        let folder = target.join("planted").display().to_string();
        words.splice(1..1, ["--target-dir".into(), folder]);
    }
    words
}

/// Whether a step builds known bugs.
fn is_planted(step: &str) -> bool {
    step.split_whitespace().any(|word| word.contains("planted"))
}

/// The folder of the RocksDB that the real build made, if it has.
fn rocksdb(target: &Path) -> Result<Option<PathBuf>> {
    let builds = target.join("release").join("build");
    let mut newest = None;
    for build in fs::read_dir(&builds).with_context(|| format!("cannot read {}", builds.display()))? {
        let out = build?.path().join("out");
        let Ok(library) = fs::metadata(out.join("librocksdb.a")) else { continue };
        newest = newest.max(Some((library.modified()?, out)));
    }
    Ok(newest.map(|(_, out)| out))
}

/// Where cargo builds: this program stands in `<target>/<profile>/`, whatever set that folder.
fn target_dir() -> Result<PathBuf> {
    let program = env::current_exe().context("cannot tell where this program stands")?;
    let target = program.ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default();
    ensure!(target.is_dir(), "{} is not in a cargo target folder: run it with cargo", program.display());
    Ok(target)
}

#[cfg(test)]
mod tests {
    use cargo_metadata::MetadataCommand;

    use super::*;

    fn all_steps() -> impl Iterator<Item = &'static str> {
        PARTS.iter().flat_map(|part| part.steps).copied()
    }

    #[test]
    fn the_tests_of_every_crate_are_run_once() {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let workspace = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
        let tested = workspace.packages.iter().filter(|package| package.targets.iter().any(|made| made.test));
        let mut tested: Vec<_> = tested.map(|package| package.name.to_string()).collect();
        let mut named: Vec<_> = all_steps()
            .filter_map(|step| step.strip_prefix("tests "))
            .flat_map(str::split_whitespace)
            .filter(|word| !is_number(word))
            .collect();
        tested.sort_unstable();
        named.sort_unstable();
        assert_eq!(named, tested, "a crate whose tests no step runs, or two do");
    }

    /// How each build begins: the lines of the Makefile and the steps of the suite.
    fn builds() -> Vec<&'static str> {
        let begins = ["build ", "run ", "test ", "clippy ", "bench "];
        let doors = include_str!("../../../Makefile").lines();
        let doors = doors.filter_map(|line| Some(line.split_once("cargo ")?.1));
        doors.chain(all_steps()).filter(|line| begins.iter().any(|word| line.starts_with(word))).collect()
    }

    #[test]
    fn everything_is_built_in_the_one_profile() {
        assert!(builds().len() > all_steps().filter(|step| step.contains("--release")).count());
        for line in builds() {
            assert!(line.contains("--release"), "{line}");
        }
    }

    /// A build of one package gives dependencies the features that this one asks for; most are then compiled a second time.
    #[test]
    fn everything_is_built_with_the_features_of_the_whole_workspace() {
        let chosen = |line: &&str| line.split_whitespace().any(|word| ["-p", "--package"].contains(&word));
        let by_cargo =
            |line: &&str| ["cargo ", "$(CARGO_BUILD)", "$(CARGO_RUN)"].iter().any(|word| line.contains(word));
        let doors = include_str!("../../../Makefile").lines().filter(by_cargo).filter(chosen);
        let steps = all_steps().filter(|step| !is_planted(step)).filter(chosen);
        let chosen: Vec<&str> = doors.chain(steps).collect();
        assert!(chosen.is_empty(), "choose programs by `--bin`, and tests by `--workspace`: {chosen:?}");
        for line in builds() {
            let whole = line.contains("--workspace") || line.starts_with("run ") && line.contains("--bin");
            assert!(whole || is_planted(line), "{line}");
        }
    }

    #[test]
    fn a_planted_step_builds_in_its_own_folder() {
        let planted = arguments("test --features planted -- -q", Path::new("built"));
        assert_eq!(planted, ["test", "--target-dir", "built/planted", "--features", "planted", "--", "-q"]);
        assert_eq!(arguments("test -q", Path::new("built")), ["test", "-q"]);
    }

    #[test]
    fn a_green_part_over_its_budget_fails() {
        let part = Part { name: "slow", budget_s: Some(1), steps: &[] };
        assert!(overrun(&part, Duration::from_millis(1_001)).is_some());
        assert!(overrun(&part, Duration::from_secs(1)).is_none());
        assert!(overrun(&Part { budget_s: None, ..part }, Duration::MAX).is_none());
    }

    #[test]
    fn the_last_line_counts_and_a_failure_stops_the_run() {
        let parts = [
            Part { name: "good", budget_s: None, steps: &["fine"] },
            Part { name: "bad", budget_s: None, steps: &["fine", "broken", "fine"] },
            Part { name: "later", budget_s: None, steps: &["fine"] },
        ];
        let told = |parts: &[Part]| {
            let mut out = Vec::new();
            let step = |step: &str| Ok((step == "broken").then(|| "it broke".into()));
            run_with(parts, step, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let (all, green) = (told(&parts), told(&parts[..1]));
        assert!(all.contains("FAILED in part `bad`: it broke"), "{all}");
        assert!(all.contains("later          not run"), "{all}");
        assert!(all.ends_with("\n2 passed, 1 failed\n"), "{all}");
        assert!(green.ends_with("\n1 passed, 0 failed\n"), "{green}");
    }
}
