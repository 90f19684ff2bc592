//! Progress, on standard error: a bar on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget};

/// How to show progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressStyle {
    /// A bar on a terminal, plain lines elsewhere
    Auto,
    /// Not at all
    Never,
    /// One JSON object a line
    Json,
}

/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Time between two JSON lines.
const JSON_EVERY: Duration = Duration::from_secs(1);

/// What is counted where it is not segments of an index.
const FILES: &str = "files";

/// Shows how far a run has got.
pub(crate) struct Progress {
    form: Form,
    /// What is counted, in the plural.
    noun: &'static str,
    all: u64,
    state: Mutex<State>,
}

enum Form {
    None,
    Bar(ProgressBar),
    Lines { every: Duration, json: bool },
}

struct State {
    started: Instant,
    told: Instant,
    done: u64,
    media_s: f64,
}

impl Progress {
    /// Progress over `files` files.
    pub(crate) fn new(style: ProgressStyle, quiet: bool, files: u64) -> Self {
        Self::of(style, quiet, files, FILES)
    }

    /// Progress over so many segments of an index.
    pub(crate) fn of_segments(style: ProgressStyle, quiet: bool, segments: u64) -> Self {
        Self::of(style, quiet, segments, "segments")
    }

    #[expect(clippy::disallowed_methods, reason = "a rate needs a clock")]
    fn of(style: ProgressStyle, quiet: bool, all: u64, noun: &'static str) -> Self {
        let form = match style {
            ProgressStyle::Never => Form::None,
            ProgressStyle::Json => Form::Lines { every: JSON_EVERY, json: true },
            ProgressStyle::Auto if quiet || all < 2 => Form::None,
            ProgressStyle::Auto if std::io::stderr().is_terminal() => {
                let bar = ProgressBar::with_draw_target(Some(all), ProgressDrawTarget::stderr());
                let template = format!(
                    "{{bar:30}} {{pos}}/{{len}} {noun}  {{msg}}  {{per_sec}}  {{eta}} left"
                );
                if let Ok(style) = indicatif::ProgressStyle::with_template(&template) {
                    bar.set_style(style);
                }
                bar.enable_steady_tick(Duration::from_millis(200));
                Form::Bar(bar)
            }
            ProgressStyle::Auto => Form::Lines { every: LINE_EVERY, json: false },
        };
        let now = Instant::now();
        let state = State { started: now, told: now, done: 0, media_s: 0.0 };
        Self { form, noun, all, state: Mutex::new(state) }
    }

    /// `files` more are done, with so many seconds of media.
    pub(crate) fn advance(&self, files: u64, media_s: f64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done += files;
        state.media_s += media_s;
        self.tell(&mut state);
    }

    /// So many are done by now.
    pub(crate) fn reach(&self, done: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done = done;
        self.tell(&mut state);
    }

    #[expect(clippy::disallowed_methods, reason = "a rate needs a clock")]
    fn tell(&self, state: &mut State) {
        let noun = self.noun;
        let hours = (noun == FILES).then(|| format!("{:.1} h of media", state.media_s / 3600.0));
        match &self.form {
            Form::None => {}
            Form::Bar(bar) => {
                bar.set_message(hours.unwrap_or_default());
                bar.set_position(state.done);
            }
            Form::Lines { every, json } => {
                let now = Instant::now();
                if now - state.told < *every {
                    return;
                }
                state.told = now;
                let seconds = (now - state.started).as_secs_f64();
                let rate = state.done as f64 / seconds.max(1e-3);
                let left_s = (self.all.saturating_sub(state.done)) as f64 / rate.max(1e-9);
                let line = if *json {
                    format!(
                        "{{\"done\":{},\"{noun}\":{},\"media_s\":{:.1},\"elapsed_s\":{seconds:.1},\"left_s\":{left_s:.0}}}",
                        state.done, self.all, state.media_s
                    )
                } else {
                    let (done, all) = (state.done, self.all);
                    let hours = hours.map(|hours| format!(", {hours}")).unwrap_or_default();
                    format!(
                        "{done} of {all} {noun}{hours}, {rate:.1} {noun} a second, {left_s:.0} s left"
                    )
                };
                // Without a standard error there is nobody to tell.
                let _ = writeln!(std::io::stderr().lock(), "{line}");
            }
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Form::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }
}
