//! The configuration as an operator meets it: defaults, layers, complaints, reload.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use reeve_server::config::{ByteSize, Code, Complaint, Config, KEYS, Place, Reloading, SECTIONS, Sources};
use reeve_server::config::{Engine, HostPort, default_file, reload};

/// What a server makes of this file, environment and these settings.
fn load(file: &str, environment: &[(&str, &str)], settings: &[&str]) -> Result<Config, Vec<Complaint>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("reeve.toml");
    fs::write(&path, file).expect("a file");
    let environment = environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let settings = settings.iter().map(ToString::to_string).collect();
    let sources = Sources { file: Some(path.clone()), environment, flags: Vec::new(), settings };
    sources.load().map_err(|complaints| {
        let mut complaints = complaints.0;
        for complaint in &mut complaints {
            if let Place::Line(path, ..) | Place::File(path) = &mut complaint.place {
                *path = PathBuf::from("reeve.toml");
            }
        }
        complaints
    })
}

/// The complaints, as they are printed.
fn complaints(file: &str) -> Vec<String> {
    load(file, &[], &[]).expect_err("a mistake").iter().map(Complaint::to_string).collect()
}

/// The only complaint.
fn complaint(file: &str) -> String {
    let mut complaints = complaints(file);
    assert_eq!(complaints.len(), 1, "{complaints:#?}");
    complaints.remove(0)
}

/// The printed default with every key in force.
fn uncommented() -> String {
    let lines = default_file();
    let lines = lines.lines().map(|line| match line.strip_prefix('#') {
        Some(key) if !key.starts_with(' ') => format!("{key}\n"),
        Some(_) | None => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn every_default_is_a_value_in_its_range() {
    for key in KEYS {
        let set = load("", &[(&key.variable(), key.default)], &[]);
        assert_eq!(set, Ok(Config::default()), "{}", key.name);
    }
}

#[test]
fn the_printed_default_is_the_default_and_has_every_key() {
    assert_eq!(load(&default_file(), &[], &[]), Ok(Config::default()));
    let file = uncommented();
    assert_eq!(load(&file, &[], &[]), Ok(Config::default()));
    for key in KEYS {
        let line = format!("\n{} = {}\n", key.short(), key.show(&Config::default()));
        assert!(file.contains(&line) && file.contains(&key.variable()), "{}", key.name);
        let (live, commented) = (key.reloading == Reloading::Live, default_file());
        let facts = commented.lines().find(|line| line.ends_with(&format!("{})", key.variable()))).unwrap();
        assert_eq!(facts.contains("live; "), live, "{}", key.name);
    }
    assert!(default_file().lines().all(|line| line.starts_with(['#', '[']) || line.is_empty()));
    assert!(SECTIONS.iter().all(|section| file.contains(&format!("\n[{}]\n", section.name))));
}

/// Had the printed keys no effect, the test above could not fail.
#[test]
fn every_printed_key_counts() {
    for key in KEYS {
        let line = format!("\n{} = {}\n", key.short(), key.show(&Config::default()));
        let file = uncommented().replace(&line, &format!("\n{} = 1979-05-27\n", key.short()));
        let told = complaints(&file);
        assert!(
            told.iter().any(|told| told.contains(&format!(": {}: ", key.name))),
            "{}: {told:?}",
            key.name
        );
    }
}

#[test]
fn names_and_variables_are_unique() {
    let mut variables: Vec<String> = KEYS.iter().map(|key| key.variable()).collect();
    variables.sort();
    variables.dedup();
    assert_eq!(variables.len(), KEYS.len());
}

#[test]
fn the_later_layer_counts() {
    let file = "[raft]\nlog_kept = \"1GiB\"\nlog_kept_age = \"5m\"\nheartbeat_interval = \"10ms\"";
    let environment = [
        ("REEVE_SERVER_RAFT_LOG_KEPT_AGE", "6m"),
        ("REEVE_SERVER_RAFT_HEARTBEAT_INTERVAL", "20ms"),
        ("PATH", "x"),
    ];
    let settings = ["raft.heartbeat_interval=30ms", "raft.heartbeat_interval=40ms", "node.join=a:1, b:2"];
    let config = load(file, &environment, &settings).unwrap();
    assert_eq!(config.raft.log_kept, ByteSize(1 << 30));
    assert_eq!(config.raft.log_kept_age, Duration::from_secs(360));
    assert_eq!(config.raft.heartbeat_interval, Duration::from_millis(40));
    assert_eq!(config.batch, Config::default().batch);
    let joined: Vec<String> = config.node.join.iter().map(HostPort::to_string).collect();
    assert_eq!(joined, ["a:1", "b:2"]);
}

#[test]
fn every_type_is_read_from_the_file() {
    let file = "
        [node]
        name = 'n-1'
        data_dir = 'data'
        engine = 'memory'
        join = ['a.example:7462', '[::1]:7462']
        [batch]
        max_commands = 0x1_00
        [process]
        watchdog = false
    ";
    let config = load(file, &[], &[]).unwrap();
    assert_eq!(config.node_name(), "n-1");
    assert_eq!((config.node.data_dir, config.node.engine), (PathBuf::from("data"), Engine::Memory));
    assert_eq!(config.node.join[1], HostPort { host: "::1".into(), port: 7462 });
    assert_eq!((config.batch.max_commands, config.process.watchdog), (256, false));
    assert!(!Config::default().node_name().is_empty(), "an empty name means that of the machine");
}

#[test]
fn a_mistake_is_told_with_place_key_code_and_way_out() {
    let told = [
        (
            "[raft]\n  heartbeat_interval = \"5 sec\"",
            "reeve.toml:2:3: raft.heartbeat_interval: the string \"5 sec\" is not a duration (CONFIG_VALUE). \
             Write a whole number and a unit (ms, s, m, h, d), such as \"150ms\".",
        ),
        (
            "[raft]\nheartbeat_interval = 50",
            "reeve.toml:2:1: raft.heartbeat_interval: the number 50 is not a duration (CONFIG_TYPE). \
             Write a whole number and a unit (ms, s, m, h, d), such as \"150ms\".",
        ),
        (
            "# ä\n[batch]\nmax_commands = 0",
            "reeve.toml:3:1: batch.max_commands: the number 0 is out of range (CONFIG_RANGE). Choose from 1 to 10000.",
        ),
        (
            "batch.max_command = 7",
            "reeve.toml:1:7: batch.max_command: there is no such name (CONFIG_UNKNOWN). \
             Did you mean `batch.max_commands`?",
        ),
        (
            "[rafft]\nlog_kept = \"1MiB\"",
            "reeve.toml:1:2: rafft: there is no such name (CONFIG_UNKNOWN). Did you mean `raft`?",
        ),
        (
            "heartbeat_interval = \"50ms\"",
            "reeve.toml:1:1: heartbeat_interval: there is no such name (CONFIG_UNKNOWN). \
             Did you mean `raft.heartbeat_interval`?",
        ),
        (
            "raft = 7",
            "reeve.toml:1:1: raft: the number 7 is not a section (CONFIG_TYPE). \
             Write [raft] on a line of its own, and its keys below.",
        ),
        (
            "[node]\njoin = [\"a:1\", 7]",
            "reeve.toml:2:1: node.join: an array is not a list where each item is an address (CONFIG_TYPE). \
             Write an array where each item is host:port, such as \"node-1.example:7462\".",
        ),
        (
            "[node]\nengine = \"sqlite\"",
            "reeve.toml:2:1: node.engine: the string \"sqlite\" is not an engine (CONFIG_VALUE). \
             Write \"rocksdb\" or \"memory\".",
        ),
    ];
    for (file, expected) in told {
        assert_eq!(complaint(file), expected);
    }
}

#[test]
fn mistakes_in_the_environment_and_in_flags_are_told() {
    let environment = [
        ("REEVE_SERVER_LOG_LEVL", "info"),
        ("REEVE_SERVER_PROCESS_WATCHDOG", "yes"),
        ("REEVE_SERVER_PORT_7461_TCP_ADDR", "10.0.0.1"),
    ];
    let told = load("", &environment, &["log.level", "log.levl=info", "disk.low=1"]).unwrap_err();
    let told: Vec<String> = told.iter().map(Complaint::to_string).collect();
    let expected = [
        "environment REEVE_SERVER_LOG_LEVL: REEVE_SERVER_LOG_LEVL: there is no such name (CONFIG_UNKNOWN). \
         Did you mean `REEVE_SERVER_LOG_LEVEL`?",
        "environment REEVE_SERVER_PROCESS_WATCHDOG: process.watchdog: `yes` is not a bool (CONFIG_VALUE). \
         Write true or false.",
        "--set: `log.level` has no `=` (CONFIG_SETTING). Write --set section.key=value.",
        "--set: log.levl: there is no such name (CONFIG_UNKNOWN). Did you mean `log.level`?",
        "--set: disk.low: `1` is not a size (CONFIG_VALUE). \
         Write a whole number and a unit (B, KiB, MiB, GiB, TiB), such as \"64MiB\".",
    ];
    assert_eq!(told, expected, "environment before flags, each in its order");
}

/// What is wrong in a layer is told although a later layer would hide it.
#[test]
fn a_mistake_that_is_overridden_is_still_a_mistake() {
    let told = load("[log]\nlevel = \"loud\"", &[], &["log.level=info"]).unwrap_err();
    assert_eq!((told.len(), told[0].code), (1, Code::Value));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let file = "
        colour = 'blue'
        [raft]
        heartbeat_interval = '100ms'
        election_timeout_max = 300
        log_kept = '1TiB'
        [listen]
        public = '0.0.0.0:7461'
        peer = '10.0.0.1:7462'
        health = '10.0.0.1:7462'
        [disk]
        low = '1GiB'
        critical = '2GiB'
    ";
    let told = load(file, &[("REEVE_SERVER_NODE_ENGINE", "tape")], &["no"]).unwrap_err();
    let mut codes: Vec<Code> = told.iter().map(|complaint| complaint.code).collect();
    codes.sort_unstable();
    let mut expected = vec![
        Code::Unknown,
        Code::Relation, // 150 ms is less than twice 100 ms
        Code::Type,
        Code::Range,
        Code::Exposed,
        Code::Exposed,
        Code::Exposed,
        Code::Clash,
        Code::Relation, // of the disk
        Code::Value,
        Code::Setting,
    ];
    expected.sort_unstable();
    assert_eq!(codes, expected, "{told:#?}");
}

#[test]
fn a_broken_file_is_told_by_lines_and_begets_no_other_complaints() {
    let told = complaints("[raft]\nchunk = \n[disk\nlow = 5s\nlwo = 1\n");
    assert!(told.len() >= 2 && told.iter().all(|told| told.contains("(CONFIG_SYNTAX)")), "{told:#?}");
    assert!(told[0].starts_with("reeve.toml:2:9: ") && told[1].starts_with("reeve.toml:3:6: "), "{told:#?}");
    let twice = complaint("[log]\nlevel = \"info\"\nlevel = \"info\"");
    assert!(twice.starts_with("reeve.toml:3:1: ") && twice.contains("(CONFIG_SYNTAX)"), "{twice}");
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let sources = |path: PathBuf| Sources { file: Some(path), ..Sources::default() };
    let folder = tempfile::tempdir().unwrap();
    let told = sources(folder.path().join("gone.toml")).load().unwrap_err();
    assert_eq!((told.0.len(), told.0[0].code), (1, Code::File));
    assert!(sources(folder.path().into()).load().unwrap_err().to_string().contains("cannot be read"));
    let path = folder.path().join("bytes.toml");
    fs::write(&path, [0xFF, 0xFE]).unwrap();
    assert!(sources(path.clone()).load().unwrap_err().to_string().contains("is not text"));
    fs::File::create(&path).unwrap().set_len(5 << 20).unwrap();
    assert!(sources(path).load().unwrap_err().to_string().contains("some other file"));
    assert_eq!(Sources::default().load(), Ok(Config::default()), "no file is fine");
}

/// The relations, each broken by one line.
#[test]
fn keys_that_do_not_go_together_are_refused() {
    for (file, code, key) in [
        ("[raft]\nelection_timeout_min = '99ms'", Code::Relation, "raft.election_timeout_min"),
        ("[raft]\nheartbeat_interval = '76ms'", Code::Relation, "raft.election_timeout_min"),
        ("[raft]\nelection_timeout_max = '150ms'", Code::Relation, "raft.election_timeout_max"),
        ("[admission]\nmax_commands = 1023", Code::Relation, "admission.max_commands"),
        (
            "[batch]\nmax_bytes = '16MiB'\n[admission]\nmax_bytes = '15MiB'",
            Code::Relation,
            "admission.max_bytes",
        ),
        ("[disk]\ncritical = '2GiB'", Code::Relation, "disk.critical"),
        ("[listen]\npeer = '127.0.0.1:7461'", Code::Clash, "listen.peer"),
        ("[listen]\nhealth = '127.0.0.1:7461'", Code::Clash, "listen.health"),
        ("[listen]\nhealth = '127.0.0.1:7462'", Code::Clash, "listen.health"),
        ("[listen]\nadvertise_public = '0.0.0.0:1'", Code::Advertise, "listen.advertise_public"),
        ("[listen]\nadvertise_peer = '[::]:1'", Code::Advertise, "listen.advertise_peer"),
        (
            "[listen]\npublic = '0.0.0.0:1'\ninsecure_no_auth = true",
            Code::Advertise,
            "listen.advertise_public",
        ),
        // One cause, one complaint: whether it is to be open comes first, and is told with what follows from it.
        ("[listen]\npeer = '0.0.0.0:1'", Code::Exposed, "listen.peer"),
        ("[listen]\npublic = '10.0.0.1:1'", Code::Exposed, "listen.public"),
        ("[listen]\npeer = '[fe80::1]:1'", Code::Exposed, "listen.peer"),
        ("[listen]\nhealth = '[::ffff:10.0.0.1]:1'", Code::Exposed, "listen.health"),
    ] {
        let told = load(file, &[], &[]).unwrap_err();
        let found: Vec<_> = told.iter().map(|told| (told.code, told.key.as_deref())).collect();
        assert_eq!(found, [(code, Some(key))], "{file}: {told:#?}");
        assert!(matches!(told[0].place, Place::Line(..)), "{file}: the place is where a value was given");
    }
    for fine in [
        "[raft]\nelection_timeout_min = '100ms'\nelection_timeout_max = '101ms'",
        "[listen]\nhealth = '127.0.0.1:0'\npeer = '127.0.0.1:0'",
        "[listen]\npublic = '127.0.0.9:1'\npeer = '[::1]:1'\nhealth = '[::ffff:127.0.0.1]:1'",
    ] {
        assert!(load(fine, &[], &[]).is_ok(), "{fine}");
    }
}

#[test]
fn a_listener_on_the_network_must_be_wanted_and_is_warned_about() {
    let open = "[listen]\npublic = '0.0.0.0:7461'\nadvertise_public = 'node-1:7461'\n";
    let refused = complaint(open);
    assert_eq!(
        refused,
        "reeve.toml:2:1: listen.public: 0.0.0.0:7461 is not a loopback address, and there is no authentication yet \
         (CONFIG_EXPOSED). Listen at 127.0.0.1, or, behind a firewall, set listen.insecure_no_auth = true: whoever \
         reaches the address may then do anything."
    );
    let config = load(&format!("{open}insecure_no_auth = true"), &[], &[]).unwrap();
    let warnings = config.warnings();
    assert!(
        warnings.len() == 1 && warnings[0].starts_with("listen.public = 0.0.0.0:7461 is open"),
        "{warnings:?}"
    );
    assert_eq!(config.advertised_public().to_string(), "node-1:7461");
    assert_eq!(config.advertised_peer().to_string(), "127.0.0.1:7462");
    assert!(Config::default().warnings().is_empty());
}

#[test]
fn a_reload_takes_live_keys_and_says_what_waits() {
    let running = Config::default();
    let wanted = load("[log]\nlevel = 'debug'\nformat = 'json'\n[disk]\nlow = '3GiB'", &[], &[]).unwrap();
    let reload = reload(&running, &wanted).unwrap();
    let told = |changes: &[reeve_server::config::Change<'_>]| {
        changes.iter().map(ToString::to_string).collect::<Vec<String>>()
    };
    assert_eq!(
        told(&reload.live),
        ["disk.low: \"2GiB\" -> \"3GiB\"", "log.level: \"info,openraft=error\" -> \"debug\""]
    );
    assert_eq!(told(&reload.waiting), ["log.format: \"text\" -> \"json\""]);
    assert_eq!(
        (reload.config.log.level, reload.config.disk.low),
        (wanted.log.level.clone(), wanted.disk.low)
    );
    assert_eq!(reload.config.log.format, running.log.format);
}

/// Each file is fine by itself; what would run is not.
#[test]
fn a_reload_that_goes_together_only_after_a_restart_is_refused() {
    let running = load("[batch]\nmax_commands = 1000", &[], &[]).unwrap();
    let wanted = load("[batch]\nmax_commands = 500\n[admission]\nmax_commands = 500", &[], &[]).unwrap();
    let told = reload(&running, &wanted).unwrap_err().to_string();
    assert!(
        told.starts_with("reload: admission.max_commands: 500 is less than batch.max_commands"),
        "{told}"
    );
}

/// What the issue promises to be reloadable.
#[test]
fn the_promised_keys_are_live() {
    for name in ["log.level", "admission.max_commands", "admission.max_bytes", "disk.low", "disk.critical"] {
        let key = KEYS.iter().find(|key| key.name == name).unwrap();
        assert_eq!(key.reloading, Reloading::Live, "{name}");
    }
}

#[test]
fn codes_are_unique_and_of_one_form() {
    let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert!(codes.iter().all(|code| code.starts_with("CONFIG_")));
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Code::ALL.len());
}
