//! The report as JUnit XML: a test case a file.
//!
//! What `--fail-on` counts is a failure, what could not be looked at an error; what was passed over, and failures that
//! the baseline knows, are skipped. A run that looked at nothing has an error of its own, since an empty list is green.

use std::io::{self, Write};

use firstseen_assess::Finding;
use firstseen_model::FileState;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::text::gap;
use crate::{FileReport, Run, escape, words};

/// Writes one suite with all files, in the order of the run.
pub(crate) fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let mut suite = TestSuite::new(format!("firstseen {}", run.command));
    suite.add_property(Property::new("as_of", words::moment(run.as_of)));
    suite.add_property(Property::new("complete", run.complete.to_string()));
    if let Some(index) = &run.index {
        suite.add_property(Property::new("index", escape::text(&index.location)));
        suite.add_property(Property::new("snapshot", escape::text(&index.snapshot)));
    }
    let class = format!("firstseen.{}", run.command.replace(' ', "."));
    for file in &run.files {
        let mut case = case(file);
        case.set_classname(class.as_str());
        suite.add_test_case(case);
    }
    if let Some(mut case) = whole(run) {
        case.set_classname(class.as_str());
        suite.add_test_case(case);
    }
    let mut report = Report::new("firstseen");
    report.add_test_suite(suite);
    report.serialize(out).map_err(io::Error::other)
}

fn case(file: &FileReport) -> TestCase {
    let mut case = TestCase::new(escape::text(&file.path), status(file));
    if let Some(verdict) = file.verdict {
        case.add_property(Property::new("verdict", words::verdict(verdict)));
    }
    if let Some(asset) = &file.asset {
        case.add_property(Property::new("sha256", asset.facts.id.to_string()));
    }
    let others: Vec<String> = file
        .findings
        .iter()
        .filter(|finding| !file.standing(finding).counts)
        .map(|finding| told(file, finding))
        .collect();
    if !others.is_empty() {
        case.set_system_out(others.join("\n"));
    }
    case
}

fn status(file: &FileReport) -> TestCaseStatus {
    let counting: Vec<&Finding> = file.counting().collect();
    let mut status;
    if let Some(first) = counting.first() {
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(first.rule.0).set_message(headline(first));
        let told: Vec<String> = counting.iter().map(|finding| told(file, finding)).collect();
        status.set_description(told.join("\n"));
    } else if let Some(why) = file.new_failure() {
        status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type(why).set_message(format!("{why}: {}", gaps(file)));
    } else if let Some(failure) = file.failure {
        status = TestCaseStatus::skipped();
        status.set_message(format!("{}, as in the baseline: {}", failure.why, gaps(file)));
    } else if file.state == FileState::Skipped {
        status = TestCaseStatus::skipped();
        status.set_message(gaps(file));
    } else {
        status = TestCaseStatus::success();
    }
    status
}

/// What went wrong with the run as a whole, where no file shows it.
fn whole(run: &Run) -> Option<TestCase> {
    let told_by_files = run
        .files
        .iter()
        .any(|file| file.counting().next().is_some() || file.new_failure().is_some());
    if run.complete && (run.exit.code == 0 || told_by_files) {
        return None;
    }
    let because: Vec<String> = run.exit.because.iter().map(escape::text).collect();
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(if run.complete { "not-looked-at" } else { "interrupted" });
    status.set_message(format!("exit {}: {}", run.exit.code, because.join("; ")));
    Some(TestCase::new("(the run)", status))
}

fn headline(finding: &Finding) -> String {
    let (kind, strength) = (finding.kind.word(), finding.strength.word());
    format!("{kind} {strength} {}: {}", finding.rule, escape::text(&finding.message))
}

/// A finding with its innocent readings, and what earlier runs and persons said of it.
fn told(file: &FileReport, finding: &Finding) -> String {
    let standing = file.standing(finding);
    let mut lines = vec![headline(finding)];
    if let Some(state) = standing.baseline {
        lines.push(format!("  baseline: {}", state.word()));
    }
    if let Some(entry) = standing.suppressed {
        lines.push(format!("  suppressed: {}", entry.told()));
    }
    lines.extend(finding.innocent.iter().map(|reading| format!("  or: {}", escape::text(reading))));
    lines.join("\n")
}

fn gaps(file: &FileReport) -> String {
    let gaps: Vec<String> = file.gaps.iter().map(gap).collect();
    gaps.join("; ")
}

#[cfg(test)]
mod tests {
    use firstseen_model::Gap;

    use super::*;
    use crate::{BaselineState, Exit, Failure, Format, Standing, sample};

    fn written(run: &Run) -> String {
        let mut out = Vec::new();
        crate::write(run, Format::Junit, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn settled() -> Run {
        let mut run = sample::several();
        let counts = Standing { counts: true, ..Standing::default() };
        let id = run.files[0].findings[0].id();
        run.files[0].standings.insert(id, counts);
        run.files[2].failure = Some(Failure { why: "damaged", baseline: None });
        run
    }

    #[test]
    fn what_counts_fails_what_was_not_looked_at_is_an_error_and_the_rest_passes() {
        let mut run = settled();
        let xml = written(&run);
        assert!(
            xml.contains(
                r#"<testsuites name="firstseen" tests="3" skipped="0" failures="1" errors="1""#
            ),
            "{xml}"
        );
        assert!(xml.contains(r#"type="predates-claim""#) && xml.contains("  or: "), "{xml}");
        assert!(xml.contains(r#"<error message="damaged: "#), "{xml}");
        run.files[2].failure =
            Some(Failure { why: "damaged", baseline: Some(BaselineState::Unchanged) });
        let xml = written(&run);
        assert!(xml.contains(r#"skipped="1" failures="1" errors="0""#), "{xml}");
        assert!(xml.contains("damaged, as in the baseline"), "{xml}");
    }

    #[test]
    fn a_run_that_looked_at_nothing_is_not_green() {
        let mut run = sample::run("check", vec![]);
        run.exit = Exit { code: 3, because: vec!["no media found".to_owned()], ..Exit::default() };
        assert!(written(&run).contains(r#"<error message="exit 3: no media found""#));
        assert!(written(&sample::empty()).contains(r#"type="interrupted""#));
    }

    #[test]
    fn hostile_text_makes_no_markup_and_moves_no_terminal() {
        let mut run = settled();
        let evil = "]]></testcase><x y='\u{1b}[2J\u{202e}\n::error::";
        run.files[0].path = evil.as_bytes().to_vec();
        run.files[0].findings[0].message = evil.to_owned();
        run.files[2].gaps = vec![Gap::new(evil, evil)];
        let xml = written(&run);
        assert!(!xml.contains("<x") && xml.matches("</testcase>").count() <= 3, "{xml}");
        assert!(!xml.chars().any(|c| c != '\n' && escape::is_unsafe(c)), "{xml}");
    }
}
