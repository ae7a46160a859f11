//! Right and wrong command lines.

use super::*;

const ACCOUNT: &str = "01929e6b-6c00-7000-8000-0123456789ab";

fn parse(words: &[&str]) -> Result<Asked, String> {
    Arguments::parse(words.iter().map(|word| (*word).to_owned()))
}

fn run(words: &[&str]) -> Arguments {
    match parse(words) {
        Ok(Asked::Run(arguments)) => *arguments,
        other => panic!("{words:?} must be a command: {other:?}"),
    }
}

#[test]
fn every_command_has_its_form() {
    let note = ["--actor", "night-shift", "--reason=Too much spend."];
    let with_note = |words: &[&'static str]| [words, &note].concat();
    let freeze = run(&[&["freeze", ACCOUNT, "--yes", "--port", "9000"][..], &note[..]].concat());
    assert_eq!((freeze.port, freeze.json, freeze.yes), (Some(9_000), false, true));
    let Command::Switch(Switch::Freeze, _, None, noted) = freeze.command else { panic!("it freezes an account") };
    assert_eq!(noted.reason(), "Too much spend.");
    let thaw = run(&with_note(&["thaw", ACCOUNT, "--lot", "welcome"])).command;
    assert!(matches!(thaw, Command::Switch(Switch::Thaw, _, Some(lot), _) if lot == "welcome"));
    assert!(matches!(run(&with_note(&["end-sessions", ACCOUNT])).command, Command::EndSessions(..)));
    assert!(matches!(run(&["account", ACCOUNT, "--json"]).command, Command::Account(Who::Id(_))));
    assert!(matches!(run(&["account", "ada@example.com"]).command, Command::Account(Who::Email(_))));
    let spenders = run(&["top-spenders", "today", "--provider", "fal", "--limit=3"]).command;
    let expected = Command::TopSpenders { day: Day::Today, provider: Some(ProviderName::Fal), limit: 3 };
    assert_eq!(spenders, expected);
    let who = run(&["who", "27004ade3a6a14fd", "2026-11-30"]).command;
    assert_eq!(run(&["who", "27004ADE3A6A14FD", "2026-11-30"]).command, who, "logs are copied in any case");
    let day = Day::Date("2026-11-30".parse().unwrap());
    assert_eq!(who, Command::Resolve("27004ade3a6a14fd".parse().unwrap(), day));
    assert_eq!(run(&["browsers", "yesterday"]).command, Command::Browsers(Day::Yesterday));
    assert_eq!(run(&["typical-seconds"]).command, Command::TypicalSeconds { days: 30 });
    assert_eq!(run(&["typical-seconds", "--days=7"]).command, Command::TypicalSeconds { days: 7 });
    let work: WorkRef = ACCOUNT.parse().unwrap();
    assert_eq!(run(&["work", ACCOUNT]).command, Command::Work { work, prompt: false });
    assert_eq!(run(&["work", ACCOUNT, "--prompt"]).command, Command::Work { work, prompt: true });
    let grant = run(&with_note(&["grant", ACCOUNT, "20", "--key", "outage", "--expires", "2027-01-31"])).command;
    assert!(matches!(grant, Command::Grant { credits: Credits(20), kind: GiftKind::Compensation, .. }));
    assert!(matches!(
        run(&with_note(&["close", "c-7q4k-2m9d", "--grant"])).command,
        Command::Close { granted: true, .. }
    ));
    assert!(matches!(run(&["cases"]).command, Command::Cases { all: false }));
    for help in ["--help", "-h", "help"] {
        assert_eq!(parse(&[help]), Ok(Asked::Help(None)), "{help:?}");
    }
    for help in [["freeze", "--help"], ["help", "freeze"], ["freeze", "-h"]] {
        let Ok(Asked::Help(Some(command))) = parse(&help) else { panic!("{help:?} must be the help of freeze") };
        let text = command.help();
        assert!(text.contains("freeze ID [--lot LOT] --actor") && !text.contains("grant"), "{text}");
    }
}

#[test]
fn a_wrong_command_line_gets_the_right_form() {
    let note = &["--actor", "support", "--reason", "x"];
    let with_note = |words: &[&'static str]| [words, &note[..]].concat();
    for (words, parts) in [
        (vec![], ["Which command?", "top-spenders DAY"]),
        (vec!["frieze", ACCOUNT], ["no command frieze", "freeze"]),
        (vec!["freeze"], ["takes 1 argument, not 0", "freeze ID [--lot LOT] --actor"]),
        (vec!["freeze", ACCOUNT], ["Add --actor", "freeze ID [--lot LOT] --actor"]),
        (vec!["end-sessions", ACCOUNT], ["Add --actor", "end-sessions ID --actor"]),
        (vec!["freeze", ACCOUNT, "--actor", "support"], ["Add --reason", "--reason TEXT"]),
        (vec!["freeze", ACCOUNT, "--actor", "Ada L", "--reason", "x"], ["Name a role", "freeze ID"]),
        (vec!["freeze", ACCOUNT, "--reason"], ["--reason needs a value", "freeze ID"]),
        (with_note(&["freeze", "ada@example.com"]), ["cargo ops account EMAIL", "freeze ID"]),
        (with_note(&["freeze", ACCOUNT, "--all"]), ["no option --all", "freeze ID"]),
        (
            with_note(&["freeze", ACCOUNT, "--lot", " "]),
            ["--lot needs a value, such as welcome", "freeze ID [--lot LOT]"],
        ),
        (with_note(&["freeze", ACCOUNT, "--lot"]), ["--lot needs a value", "freeze ID [--lot LOT]"]),
        (vec!["--port", "9999", "account", ACCOUNT], ["Options come after the command", "COMMAND … --port"]),
        (vec!["help", "frieze"], ["no command frieze", "freeze"]),
        (vec!["work", "https://example.com/x"], ["ACCOUNT/GENERATION", "work GENERATION|URL"]),
        (vec!["work"], ["takes 1 argument, not 0", "work GENERATION|URL"]),
        (vec!["top-spenders", "today", "--limit", "0"], ["from 1 on", "top-spenders DAY"]),
        (vec!["cases", "--yes"], ["no option --yes", "cases [--all]"]),
        (vec!["cases", "--all", "--all"], ["--all is there twice", "cases [--all]"]),
        (vec!["cases", "--all=1"], ["--all takes no value", "cases [--all]"]),
        (vec!["account", "ada"], ["neither the id of an account nor a mail", "account ID|EMAIL"]),
        (vec!["case", "7"], ["C-7Q4K-2M9D", "case NUMBER"]),
        (vec!["top-spenders", "monday"], ["2026-11-30, today or yesterday", "top-spenders DAY"]),
        (vec!["top-spenders", "today", "--provider", "x"], ["bfl, fal or replicate", "top-spenders DAY"]),
        (vec!["browsers"], ["takes 1 argument, not 0", "browsers DAY"]),
        (vec!["browsers", "monday"], ["2026-11-30, today or yesterday", "browsers DAY"]),
        (vec!["typical-seconds", "--days", "0"], ["from 1 to 366, not 0", "typical-seconds [--days N]"]),
        (vec!["typical-seconds", "--days", "367"], ["from 1 to 366, not 367", "typical-seconds [--days N]"]),
        (vec!["who", ACCOUNT, "today"], ["16 digits", "who PSEUDONYM DAY"]),
        (vec!["who", "27004ade3a6a14fd", "monday"], ["2026-11-30, today or yesterday", "who PSEUDONYM DAY"]),
        (vec!["account", ACCOUNT, "--port", "x"], ["not x", "account ID|EMAIL"]),
        (with_note(&["grant", ACCOUNT, "0"]), ["from 1 on", "grant ID CREDITS"]),
        (with_note(&["grant", ACCOUNT, "5", "--kind", "gift"]), ["compensation or promotion", "grant ID"]),
        (with_note(&["grant", ACCOUNT, "5", "--key", "A B"]), ["1 to 40 characters", "grant ID"]),
        (with_note(&["grant", ACCOUNT, "5", "--expires", "soon"]), ["2027-01-31", "grant ID"]),
        (with_note(&["disable-work", ACCOUNT, ACCOUNT]), ["Add --ground", "disable-work ACCOUNT"]),
        (with_note(&["reply", "C-7Q4K-2M9D"]), ["Add --text", "reply NUMBER --text"]),
    ] {
        let problem = parse(&words).unwrap_err();
        for part in parts {
            assert!(problem.contains(part), "{words:?} should say {part:?}: {problem}");
        }
    }
}
