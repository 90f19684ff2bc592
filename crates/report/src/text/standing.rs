//! Text of what earlier runs and persons have said of findings and failures.

use std::io::{self, Write};

use firstseen_assess::Finding;

use super::Page;
use crate::{BaselineState, FileReport, escape, words};

/// Absent findings that are told without `--details`.
const ABSENT: usize = 10;

impl Page<'_> {
    /// What was new, known, absent and set aside, and which suppressions are of no use any more.
    pub(super) fn standing(&self, out: &mut dyn Write) -> io::Result<()> {
        let run = self.run;
        if let Some(compared) = &run.baseline {
            let count = |state| {
                let is = |finding: &&Finding, file: &FileReport| {
                    file.standing(finding).baseline == Some(state)
                };
                let of = |file: &FileReport| file.findings.iter().filter(|f| is(f, file)).count();
                run.files.iter().map(of).sum::<usize>()
            };
            let known = run.files.iter().filter_map(|file| file.failure?.baseline);
            let known = known.filter(|state| *state == BaselineState::Unchanged).count();
            let mut told = format!(
                "{} new, {} unchanged, {} absent",
                words::count(count(BaselineState::New) as u64),
                words::count(count(BaselineState::Unchanged) as u64),
                words::count(compared.absent.len() as u64)
            );
            if known > 0 {
                told += &format!("; {} known", words::counted(known, "failure", "failures"));
            }
            let name = escape::path(&compared.file);
            let what = if compared.of_scan { "since the scan of" } else { "baseline" };
            writeln!(out, "{what} {name}: {told}")?;
            let most = if self.style.details { usize::MAX } else { ABSENT };
            for absent in compared.absent.iter().take(most) {
                let (listed, why) = (&absent.listed, absent.why.word());
                let rule = escape::text(&listed.rule);
                let strength = listed.strength.word();
                writeln!(out, "  absent: {strength} {rule}  {}: {why}", listed.path)?;
            }
            if compared.absent.len() > most {
                let rest = words::count((compared.absent.len() - most) as u64);
                writeln!(out, "  and {rest} more absent (--details)")?;
            }
        }
        let suppressed = run.suppressed();
        if suppressed > 0 {
            let findings = words::counted(suppressed, "finding", "findings");
            writeln!(out, "suppressed: {findings}")?;
        }
        for used in &run.suppressions {
            let place = escape::text(&used.entry.place);
            let target = used.entry.target();
            match used.word() {
                "expired" if used.findings == 0 => {
                    writeln!(out, "{place}: expired, and matches nothing: {target}")?;
                }
                "expired" => writeln!(
                    out,
                    "{place}: expired, counts again: {target}, {}",
                    used.entry.told()
                )?,
                "unused" => writeln!(out, "{place}: matches nothing: {target}")?,
                _ => {}
            }
        }
        Ok(())
    }

    /// What earlier runs and persons said of a finding, where they did.
    pub(super) fn of_finding(
        &self,
        file: &FileReport,
        finding: &Finding,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let standing = file.standing(finding);
        if let Some(state) = standing.baseline {
            let of_scan = self.run.baseline.as_ref().is_some_and(|compared| compared.of_scan);
            let told = match state {
                BaselineState::New if of_scan => "new since the last scan",
                BaselineState::Unchanged if of_scan => "known from the last scan",
                BaselineState::New => "new, not in the baseline",
                BaselineState::Unchanged => "in the baseline",
            };
            writeln!(out, "                    {told}")?;
        }
        if let Some(entry) = &standing.suppressed {
            let place = escape::text(&entry.place);
            writeln!(out, "                    suppressed {} ({place})", entry.told())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use firstseen_assess::Strength;
    use firstseen_model::{AssetId, FindingId};

    use super::super::tests::written;
    use crate::{
        Absent, BaselineState, Compared, Gone, Listed, Standing, Suppression, SuppressionUse,
        TextStyle, sample,
    };

    fn entry(line: u32) -> Suppression {
        Suppression {
            place: format!("suppress.toml:{line}"),
            rule: "place-conflict".to_owned(),
            asset: Some("9c9c9c".to_owned()),
            path: None,
            reason: "checked on the map\u{1b}[2J".to_owned(),
            author: "kd".to_owned(),
            expires: Some("2027-06-30".parse().unwrap()),
        }
    }

    #[test]
    fn a_report_tells_what_is_new_absent_set_aside_and_expired() {
        let mut run = sample::recycled();
        let ids: Vec<FindingId> = run.files[0].findings.iter().map(|f| f.id()).collect();
        for (i, id) in ids.iter().enumerate() {
            let state = if i == 0 { BaselineState::New } else { BaselineState::Unchanged };
            let suppressed = (i == 1).then(|| entry(1));
            let standing = Standing { baseline: Some(state), suppressed, counts: false };
            run.files[0].standings.insert(*id, standing);
        }
        let listed = Listed {
            id: FindingId([9; 32]),
            rule: "recycled".to_owned(),
            strength: Strength::Strong,
            asset: AssetId([7; 32]),
            path: "old/clip.mp4".to_owned(),
        };
        run.baseline = Some(Compared {
            file: "baseline.json".to_owned(),
            of_scan: false,
            absent: vec![Absent { listed, why: Gone::NotGiven }],
        });
        let used = |line, is_expired, findings| SuppressionUse {
            entry: entry(line),
            is_expired,
            findings,
        };
        run.suppressions = vec![used(1, false, 1), used(5, true, 1), used(9, false, 0)];
        let text = written(&run, TextStyle::default());
        let rest = ids.len() - 1;
        for line in [
            format!("baseline baseline.json: 1 new, {rest} unchanged, 1 absent"),
            "  absent: strong recycled  old/clip.mp4: not among the files".to_owned(),
            "suppressed: 1 finding".to_owned(),
            "suppress.toml:5: expired, counts again: place-conflict 9c9c9c, until 2027-06-30 by kd: \
             \"checked on the map\\x1b[2J\""
                .to_owned(),
            "suppress.toml:9: matches nothing: place-conflict 9c9c9c".to_owned(),
            "                    new, not in the baseline".to_owned(),
        ] {
            assert!(text.lines().any(|told| told == line), "{line}\nis not in\n{text}");
        }
        assert!(text.contains("suppressed until 2027-06-30 by kd: \"checked on the map"), "{text}");
    }

    #[test]
    fn what_was_set_aside_is_not_the_worst_of_a_file() {
        let mut run = sample::several();
        for finding in run.files[0].findings.clone() {
            let standing = Standing { suppressed: Some(entry(1)), ..Standing::default() };
            run.files[0].standings.insert(finding.id(), standing);
        }
        let text = written(&run, TextStyle::default());
        let line = text.lines().find(|line| line.ends_with("  a.mp4")).unwrap();
        assert!(line.contains("  suppressed  ") && !line.contains("conflict"), "{line}");
        assert!(!text.contains("FINDINGS"), "only conflicts that stand are told in full:\n{text}");
    }
}
