//! Text of `check`, `scan` and `compare`.

use std::cmp::Reverse;
use std::io::{self, Write};

use firstseen_assess::{Kind, Strength, Verdict, heard};
use firstseen_model::FileState;

use super::file::headword;
use super::{Page, covers};
use crate::{Change, FileReport, MatchReport, escape};

/// One file in full; of several a line each, then those with conflicts in full, then totals.
pub(super) fn write(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let run = page.run;
    if let [file] = run.files.as_slice() {
        page.file(file, out)?;
    } else {
        several(page, out)?;
    }
    for note in &run.notes {
        writeln!(out, "{}", escape::text(note))?;
    }
    page.standing(out)?;
    let matched = run.files.iter().any(|file| !file.matches.is_empty());
    if matched
        && let Some(calibrated) = run.index.as_ref().and_then(|index| index.calibrated.as_ref())
    {
        writeln!(out, "{}", calibrated.words())?;
    }
    // What one file came to is told above; that it could not be asked at all is not.
    if run.files.len() != 1 || run.exit.code == 3 {
        page.exit(out)?;
    }
    let next = next(page);
    if next.is_empty() { Ok(()) } else { writeln!(out, "next: {}", next.join("; ")) }
}

fn several(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let run = page.run;
    let mut files: Vec<&FileReport> = run.files.iter().collect();
    files.sort_by_key(|file| (rank(file), &file.path));
    // What was told of by an earlier scan is told again where it counts.
    let known = |file: &FileReport| file.change == Some(Change::Unchanged);
    let told = |file: &&&FileReport| {
        page.style.details
            || file.state != FileState::Skipped
                && (!known(file) || file.counting().next().is_some())
    };
    for file in files.iter().filter(told) {
        writeln!(out, "{}", line(page, file))?;
    }
    let in_full = |file: &&&FileReport| !known(file) && worst(file) == Some(Kind::Conflict);
    for file in files.iter().filter(|file| page.style.details || in_full(file)) {
        writeln!(out)?;
        page.file(file, out)?;
    }
    if !files.is_empty() {
        writeln!(out)?;
    }
    page.totals(out)?;
    if let Some(index) = &run.index {
        writeln!(out, "index {}: {}", escape::path(&index.location), covers(index))?;
    }
    Ok(())
}

/// Verdict, first known, worst finding and path of one file.
fn line(page: &Page<'_>, file: &FileReport) -> String {
    let head = file.verdict.map_or("", headword);
    let first = file
        .first_known
        .as_ref()
        .map_or_else(String::new, |first| escape::cut(&first.date.text, 20));
    let worst = match (file.worst(), file.state.looked_at()) {
        (Some(finding), _) => {
            format!("{} {} {}", finding.kind.word(), finding.strength.word(), finding.rule)
        }
        (None, true) if !file.findings.is_empty() => "suppressed".to_owned(),
        (None, true) if file.state == FileState::Ok => String::new(),
        (None, _) => file.state.word().to_owned(),
    };
    let head = page.loud(&format!("{head:<21}"));
    format!("{head}  {first:<20}  {worst:<30}  {}", escape::path(&file.path))
}

fn worst(file: &FileReport) -> Option<Kind> {
    file.worst().map(|finding| finding.kind)
}

/// Orders files for a reader: the gravest finding, then the strongest, then the verdict that asks for most.
pub(crate) fn rank(file: &FileReport) -> impl Ord + use<> {
    let finding = file.worst();
    let verdict = match file.verdict {
        Some(Verdict::Seen) => 0,
        Some(Verdict::PartlySeen { .. }) => 1,
        Some(Verdict::Possible) => 2,
        Some(Verdict::NotLookedAt) => 3,
        Some(Verdict::Inconclusive) => 4,
        Some(Verdict::AlreadyInIndex) => 5,
        Some(Verdict::NotInIndex) => 6,
        None => 7,
    };
    let strength: Option<Strength> = finding.map(|finding| finding.strength);
    (finding.is_none(), finding.map(|finding| finding.kind), Reverse(strength), verdict)
}

/// What to do next, of commands that exist, with paths as a shell takes them.
fn next(page: &Page<'_>) -> Vec<String> {
    let [file] = page.run.files.as_slice() else { return Vec::new() };
    if page.run.command == "compare" {
        return Vec::new();
    }
    let path = shell(&file.path).unwrap_or_else(|| "FILE".to_owned());
    let command = |name: &str, rest: &str| {
        let there = page.run.commands.iter().any(|known| known == name);
        there.then(|| format!("firstseen {name} {rest}"))
    };
    let reference = best(file).and_then(|known| known.reference.shown_path()).and_then(shell);
    match file.verdict {
        Some(Verdict::Seen | Verdict::PartlySeen { .. } | Verdict::Possible) => reference
            .filter(|reference| *reference != path)
            .and_then(|reference| command("compare", &format!("{path} {reference}")))
            .into_iter()
            .chain(known(page, file).into_iter().flatten().flatten())
            .collect(),
        Some(Verdict::NotInIndex | Verdict::Inconclusive) => {
            let keyframes =
                command("keyframes", &path).map(|command| command + " (for web reverse search)");
            [keyframes, command("inspect", &path)].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

/// The best of the matches that nobody set aside.
fn best(file: &FileReport) -> Option<&MatchReport> {
    let stands = |known: &&MatchReport| heard(&known.found, known.decision.as_ref()).is_some();
    file.matches.iter().find(stands)
}

/// What a person can look up or say of the best match.
fn known(page: &Page<'_>, file: &FileReport) -> Option<[Option<String>; 2]> {
    let known = best(file)?;
    let there = |name: &str| page.run.commands.iter().any(|known| known == name);
    let history = known.reference.recording.filter(|_| there("history"));
    let history = history.map(|id| format!("firstseen history {}", page.ids.recording(&id)));
    let itself = file.asset.as_ref().is_some_and(|asset| asset.facts.id == known.found.reference);
    let id = page.ids.found(&known.found.id());
    let decide = (there("decide") && !itself && known.decision.is_none()).then(|| {
        format!("firstseen decide {id} same|different|irrelevant --by YOU --note \"...\"")
    });
    Some([history, decide])
}

/// A path as a shell takes it, in single quotes where it needs them; `None` where it reads as an option or holds what
/// must not be printed as it is.
fn shell(path: &[u8]) -> Option<String> {
    let path = str::from_utf8(path).ok().filter(|path| {
        !path.is_empty() && !path.starts_with('-') && escape::text(path) == **path
    })?;
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@');
    let is_plain = path.chars().all(plain);
    Some(if is_plain { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) })
}

#[cfg(test)]
mod tests {
    use firstseen_model::{AssetId, Decision, FileState, Gap, Ruling};

    use super::super::tests::written;
    use super::*;
    use crate::{Calibrated, FileReport, IndexInfo, Run, TextStyle, sample};

    #[test]
    fn one_file_is_told_in_full() {
        let text = written(&sample::recycled(), TextStyle::default());
        let lines: Vec<&str> = text.lines().collect();
        let [
            head,
            verdict,
            claim,
            found,
            stretch,
            differ,
            frames,
            findings,
            predates,
            from,
            or,
            ..,
        ] = lines.as_slice()
        else {
            panic!("{text}")
        };
        assert_eq!(
            *head,
            "clip.mp4   00:31.0  720x1280  9c9c9c9c  61 frames used, 3 unusable (dark)      \
             index .firstseen: 41,210 assets, 2013-01..2026-11"
        );
        assert_eq!(
            *verdict,
            "SEEN BEFORE      first known 2022-03-11T18:00:00Z (posted, sidecar:telegram @example/123)"
        );
        assert_eq!(
            *claim,
            "CLAIM            contradicted (2 strong): \"North Korean \\\"troops\\\"\\u{202e}\", event 2024-10, \
             51.7,36.2~100km, by kd"
        );
        assert!(
            found.starts_with("  M-")
                && found.ends_with(
                    "  archive/tuva.mp4 \"training ground, Tuva\"   1 sighting   same footage"
                )
        );
        assert_eq!(*stretch, "          00:02.0-00:29.5 here  =  00:14.5-00:42.0 there");
        assert_eq!(
            *differ,
            "          copies differ: mirrored; this one shows 50 % of the other, from 0.12,0.08; something over its bottom 18 %"
        );
        assert_eq!(*frames, "          frames: pictures/9c9c9c9c-M-0123abcd-*.jpg");
        assert_eq!(*findings, "FINDINGS");
        assert_eq!(
            *predates,
            "  conflict  strong  predates-claim  the stretch 00:02.0-00:29.5 was already posted on or before 2022-03-11T18:00:00Z; \
             the claim puts the event at 2024-09-30T10:00:00Z or later"
        );
        assert!(from.contains("posted 2022-03-11T18:00:00Z [2022-03-11T18:00:00Z, 2022-03-11T18:00:00Z] (sidecar:telegram, result.json); C-"));
        assert!(from.ends_with(
            "event 2024-10 [2024-09-30T10:00:00Z, 2024-11-01T11:59:59Z] (person, claim)"
        ));
        assert!(or.starts_with("                    or: the date of record \"result.json\" (sidecar:telegram) is wrong; "));
        assert_eq!(*lines.last().unwrap(), "next: firstseen compare clip.mp4 archive/tuva.mp4");
    }

    #[test]
    fn what_was_counted_for_the_index_is_named_beside_its_matches() {
        let at = "2026-11-23T08:00:00Z".parse().unwrap();
        let calibrated = Calibrated { at, queries: 3000, wrong: 0, references: 40 };
        let index = sample::recycled()
            .index
            .map(|index| IndexInfo { calibrated: Some(calibrated), ..index });
        let told = |files| {
            let run = Run { index: index.clone(), ..sample::run("check", files) };
            written(&run, TextStyle::default())
                .contains("\ncalibrated 2026-11-23: no wrong match among 3,000 queries")
        };
        assert!(told(sample::recycled().files));
        assert!(!told(vec![sample::plain("new.jpg")]), "nothing matched");
    }

    #[test]
    fn several_files_get_a_line_each_the_worst_first() {
        let text = written(&sample::several(), TextStyle::default());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..5],
            [
                "SEEN BEFORE            2022-03-11T18:00:00Z  conflict strong predates-claim  a.mp4",
                "NOT LOOKED AT                                damaged                         \"c\\x1b[31m.mp4\"",
                "NOT IN THIS INDEX                                                            b.jpg",
                "",
                "a.mp4   00:31.0  720x1280  9c9c9c9c  61 frames used, 3 unusable (dark)",
            ]
        );
        assert!(text.contains(
            "\n3 files: 1 damaged, 2 ok\nverdicts: 1 not-in-index, 1 not-looked-at, 1 seen\n"
        ));
        assert!(text.contains(
            "\nindex .firstseen: 41,210 assets, 2013-01..2026-11\nexit 10: predates-claim\n"
        ));
        assert!(!text.contains("none given"), "only conflicts are told in full");
        let details = written(&sample::several(), TextStyle { details: true, color: false });
        assert!(details.contains("NOT LOOKED AT    damaged: no frame\\ncould be read"));
    }

    fn alone(verdict: Verdict) -> String {
        let file = FileReport { verdict: Some(verdict), ..sample::plain("new.jpg") };
        written(&sample::run("check", vec![file]), TextStyle::default())
    }

    #[test]
    fn not_in_this_index_says_what_was_asked_and_what_it_cannot_see() {
        assert_eq!(
            alone(Verdict::NotInIndex),
            "new.jpg      index .firstseen: 41,210 assets, 2013-01..2026-11\n\
             NOT IN THIS INDEX  nothing like it among 41,210 assets, 2013-01..2026-11\n                 \
             edits this version cannot see through: crops, borders, captions over much of the picture\n\
             CLAIM            none given, nothing weighed (--event-date, --event-place)\n\
             next: firstseen keyframes new.jpg (for web reverse search); firstseen inspect new.jpg\n"
        );
        assert!(
            alone(Verdict::Inconclusive)
                .contains("INCONCLUSIVE     no frame of it could be used (dark)\n")
        );
    }

    fn decided(ruling: Ruling, by: &str) -> Decision {
        let at = "2026-11-23T08:00:00Z".parse().unwrap();
        let (one, other) = (AssetId([1; 32]), AssetId([2; 32]));
        Decision { one, other, ruling, by: by.to_owned(), note: String::new(), at }
    }

    #[test]
    fn what_a_person_set_aside_is_counted_and_not_denied() {
        let different = || decided(Ruling::Different, "k\u{1b}d");
        let file = FileReport {
            verdict: Some(Verdict::NotInIndex),
            set_aside: vec![different(), decided(Ruling::Irrelevant, "am"), different()],
            ..sample::plain("new.jpg")
        };
        let text = written(&sample::run("check", vec![file]), TextStyle::default());
        assert!(text.contains("NOT IN THIS INDEX  nothing else like it among 41,210"), "{text}");
        let told =
            "\n                 2 matches set aside: decided different by k\\x1bd; see --details";
        assert!(text.contains(told), "{text}");
        assert!(text.contains("1 match set aside: decided irrelevant by am;"), "{text}");
    }

    #[test]
    fn what_was_set_aside_is_not_what_to_do_next() {
        let mut run = sample::recycled();
        run.files[0].matches[0].decision = Some(decided(Ruling::Different, "kd"));
        let text = written(&run, TextStyle { details: true, color: false });
        let last = text.lines().last().unwrap();
        assert!(!last.contains("compare") && !last.contains("decide"), "{last}");
    }

    #[test]
    fn what_was_never_posted_is_in_the_index_since_it_was_added() {
        let mut run = sample::recycled();
        let file = &mut run.files[0];
        (file.first_known, file.verdict) = (None, Some(Verdict::AlreadyInIndex));
        file.matches[0].sightings[0].seen.dates.remove(0);
        let text = written(&run, TextStyle::default());
        assert!(
            text.contains(
                "ALREADY IN THIS INDEX  no posted date; in this index since 2026-11-02\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_dated_record_of_its_own_is_told_by_its_date() {
        let mut run = sample::recycled();
        let file = &mut run.files[0];
        (file.first_known, file.verdict) = (None, Some(Verdict::AlreadyInIndex));
        let id = file.asset.as_ref().unwrap().facts.id;
        file.matches[0].sightings[0].asset = id;
        let text = written(&run, TextStyle::default());
        let own = "ALREADY IN THIS INDEX  own record: posted 2022-03-11T18:00:00Z\n";
        assert!(text.contains(own) && !text.contains("no posted date"), "{text}");
    }

    fn gaps(verdict: Verdict, gaps: Vec<Gap>) -> String {
        let file = FileReport { verdict: Some(verdict), gaps, ..sample::plain("new.jpg") };
        written(&sample::run("check", vec![file]), TextStyle::default())
    }

    #[test]
    fn what_of_the_index_was_not_searched_is_told_as_the_indexs() {
        let not_searched =
            |why: &str| gaps(Verdict::NotInIndex, vec![Gap::new("reference-samples", why)]);
        for (why, told) in [
            (
                "1 are dark, flat or text only",
                "1 frame of references is dark, flat or text only and is not searched",
            ),
            (
                "2 have codes of another version",
                "2 frames of references have codes of another version and are not searched",
            ),
        ] {
            let text = not_searched(why);
            assert!(text.contains(&format!("GAPS\n  index: {told}\n")), "{text}");
        }
        let gap = Gap::new("reference-samples", "1 are dark, flat or text only");
        assert!(!gaps(Verdict::AlreadyInIndex, vec![gap]).contains("GAPS"));
    }

    #[test]
    fn damaged_frames_are_gaps_and_dark_ones_are_not() {
        let damaged = || Gap::new("frame", "frame is damaged");
        let text = gaps(Verdict::Seen, vec![Gap::new("frame", "dark"), damaged()]);
        assert!(text.contains("GAPS\n  frame: frame is damaged\n"), "{text}");
        let text = gaps(Verdict::Seen, (0..7).map(|_| damaged()).collect());
        assert_eq!(text.matches("frame is damaged").count(), 5);
        assert!(text.contains("  and 2 gaps more (--details)\n"), "{text}");
        assert!(!gaps(Verdict::Seen, vec![Gap::new("frame", "dark")]).contains("GAPS"));
    }

    #[test]
    fn of_several_files_those_with_gaps_are_told() {
        let mut run = sample::several();
        run.files[1].state = FileState::OkWithGaps;
        let text = written(&run, TextStyle::default());
        let line = text.lines().find(|line| line.ends_with("b.jpg")).unwrap();
        assert!(line.contains("  ok-with-gaps  "), "{text}");
    }

    #[test]
    fn what_was_not_looked_at_has_no_claim_weighed() {
        let why = Gap::new("file", "no frame");
        let broken = FileReport {
            verdict: Some(Verdict::NotLookedAt),
            ..FileReport::not_looked_at(b"a.mp4".to_vec(), FileState::Damaged, why)
        };
        let text = written(&sample::run("check", vec![broken]), TextStyle::default());
        assert!(text.contains("CLAIM            not weighed: not looked at\n"), "{text}");
    }

    #[test]
    fn paths_in_next_are_quoted_for_a_shell() {
        let next = |here: &str, there: &str| {
            let mut run = sample::recycled();
            run.files[0].path = here.into();
            run.files[0].matches[0].reference.path = Some(there.into());
            let text = written(&run, TextStyle::default());
            text.lines().last().filter(|line| line.starts_with("next:")).map(str::to_owned)
        };
        assert_eq!(
            next("my clip.mp4", "it's.mp4").unwrap(),
            r"next: firstseen compare 'my clip.mp4' 'it'\''s.mp4'"
        );
        assert_eq!(next("\u{202e}.mp4", "b.mp4").unwrap(), "next: firstseen compare FILE b.mp4");
        assert_eq!(next("a b.mp4", "a b.mp4"), None, "a file and itself");
    }

    #[test]
    fn a_part_is_told_in_seconds() {
        let mut run = sample::recycled();
        let seconds = firstseen_model::MediaTime::from_seconds;
        run.files[0].verdict = Some(Verdict::PartlySeen { seen: seconds(4.0), of: seconds(31.02) });
        let text = written(&run, TextStyle::default());
        assert!(
            text.contains(
                "PARTLY SEEN BEFORE  4.0 of 31.0 s   first known 2022-03-11T18:00:00Z (posted"
            ),
            "{text}"
        );
    }

    #[test]
    fn next_names_only_commands_that_exist() {
        let mut run = sample::recycled();
        run.commands.clear();
        assert!(!written(&run, TextStyle::default()).contains("next:"));
    }

    #[test]
    fn compare_tells_what_two_files_are_to_each_other() {
        let mut run = sample::recycled();
        (run.command, run.index) = ("compare".to_owned(), None);
        let text = written(&run, TextStyle::default());
        assert!(
            text.contains("\nSAME FOOTAGE\n") && !text.contains("CLAIM") && !text.contains("next:"),
            "{text}"
        );
    }

    #[test]
    fn skipped_files_are_counted_and_not_listed() {
        let skipped = |name: &str| {
            FileReport::not_looked_at(
                name.into(),
                FileState::Skipped,
                Gap::new("file", "a companion file"),
            )
        };
        let run = sample::run("check", vec![skipped("a.json"), skipped("b.json")]);
        let text = written(&run, TextStyle::default());
        assert!(text.contains("2 files: 2 skipped\n") && !text.contains("a.json"), "{text}");
    }
}
