//! The tent filter of two box passes each way, and decimation to 64x64.
//!
//! Sums run along each row and column in the order of the reference: add the sample that comes, take off the one that
//! goes, divide by how many there are. Rounding depends on that order, and nothing else here does: so the first pass,
//! whose sums are whole numbers, may add as it likes; columns run side by side; and the second pass gives only the 64
//! columns and rows that decimation keeps.

use firstseen_model::LumaView;

/// Side of the decimated picture.
pub(super) const SIDE: usize = 64;

/// The decimated picture, by row.
pub(super) type Grid = [[f32; SIDE]; SIDE];

/// Rows that are summed at the same time, so that the processor need not wait for each sum.
const ABREAST: usize = 8;

/// Returns `picture` smoothed and decimated.
pub(super) fn decimated(picture: LumaView<'_>) -> Grid {
    let (width, height) = (picture.width(), picture.height());
    let along_rows = Box1D::of(width);
    let along_columns = Box1D::of(height);
    let columns = kept(width);
    let rows = kept(height);

    let mut grid = [[0.0; SIDE]; SIDE];
    let mut next = 0;
    let mut last_columns = Running::new(along_columns, SIDE, height);
    let mut finish = |narrow: Option<&[f32]>| {
        last_columns.push(narrow, |y, sums, count| {
            while next < SIDE && rows[next] == y {
                for (kept, &sum) in grid[next].iter_mut().zip(sums) {
                    *kept = sum / count;
                }
                next += 1;
            }
        });
    };
    let mut second = SecondRows::new(along_rows, width, columns);
    let mut first_columns = Running::new(along_columns, width, height);
    let mut first = FirstRows::new(along_rows, width);
    let mut smooth = |row: Option<&[f32]>| {
        first_columns.push(row, |_, sums, count| {
            for (out, &sum) in second.free_row().iter_mut().zip(sums) {
                *out = sum / count;
            }
            second.filled(&mut finish);
        });
    };
    for row in picture.rows() {
        smooth(Some(first.smoothed(row)));
    }
    for _ in 0..along_columns.after() {
        smooth(None);
    }
    second.flush(&mut finish);
    for _ in 0..along_columns.after() {
        finish(None);
    }
    grid
}

/// The pixels of a side that decimation keeps: those at the centres of 64 equal parts.
fn kept(side: usize) -> [usize; SIDE] {
    std::array::from_fn(|i| (2 * i + 1) * side / (2 * SIDE))
}

/// A box filter's window: half a part of 64, rounded up, since there are two passes.
#[derive(Clone, Copy)]
struct Box1D {
    window: usize,
}

impl Box1D {
    fn of(side: usize) -> Self {
        Self { window: side.div_ceil(2 * SIDE) }
    }

    /// Samples of the window after the one that it stands for.
    fn after(self) -> usize {
        self.window / 2
    }

    /// Samples of the window before the one that it stands for.
    fn before(self) -> usize {
        self.window - 1 - self.after()
    }

    /// How many samples of a side of `side` the window of sample `at` has.
    fn count(self, at: usize, side: usize) -> f32 {
        ((at + self.after() + 1).min(side) - at.saturating_sub(self.before())) as f32
    }
}

/// The first pass along rows.
struct FirstRows {
    window: usize,
    /// A row between zeros.
    padded: Vec<u16>,
    before: usize,
    sums: Vec<u16>,
    counts: Vec<f32>,
    out: Vec<f32>,
}

impl FirstRows {
    fn new(filter: Box1D, width: usize) -> Self {
        Self {
            window: filter.window,
            padded: vec![0; width + filter.window - 1],
            before: filter.before(),
            sums: vec![0; width],
            counts: (0..width).map(|x| filter.count(x, width)).collect(),
            out: vec![0.0; width],
        }
    }

    fn smoothed(&mut self, row: &[u8]) -> &[f32] {
        for (padded, &pixel) in self.padded[self.before..].iter_mut().zip(row) {
            *padded = u16::from(pixel);
        }
        self.sums.copy_from_slice(&self.padded[..row.len()]);
        for shift in 1..self.window {
            for (sum, &pixel) in self.sums.iter_mut().zip(&self.padded[shift..]) {
                *sum += pixel;
            }
        }
        for ((out, &sum), &count) in self.out.iter_mut().zip(&self.sums).zip(&self.counts) {
            *out = f32::from(sum) / count;
        }
        &self.out
    }
}

/// A pass along columns, of rows that come one by one.
///
/// The last `window` rows are kept. Before the first and after the last row, zeros are added and taken off, which
/// changes no sum.
struct Running {
    filter: Box1D,
    height: usize,
    seen: usize,
    sums: Vec<f32>,
    kept: Vec<f32>,
}

impl Running {
    fn new(filter: Box1D, width: usize, height: usize) -> Self {
        let kept = vec![0.0; width * filter.window];
        Self { filter, height, seen: 0, sums: vec![0.0; width], kept }
    }

    /// Takes the next row, `None` beyond the last, and gives the row that is then complete, if any, to `give`: its
    /// place, its sums, and what to divide them by.
    fn push(&mut self, row: Option<&[f32]>, mut give: impl FnMut(usize, &[f32], f32)) {
        let width = self.sums.len();
        let slot = self.seen % self.filter.window * width;
        let going = &mut self.kept[slot..][..width];
        match row {
            Some(row) => {
                for ((sum, going), &coming) in self.sums.iter_mut().zip(going).zip(row) {
                    *sum = *sum + coming - *going;
                    *going = coming;
                }
            }
            None => {
                for (sum, going) in self.sums.iter_mut().zip(going) {
                    *sum -= *going;
                    *going = 0.0;
                }
            }
        }
        self.seen += 1;
        if let Some(y) = self.seen.checked_sub(self.filter.after() + 1) {
            give(y, &self.sums, self.filter.count(y, self.height));
        }
    }
}

/// The second pass along rows, some rows at a time, only where decimation keeps a column.
struct SecondRows {
    filter: Box1D,
    width: usize,
    columns: [usize; SIDE],
    /// Rows between zeros: a window before, and what the last sum reaches beyond.
    rows: Vec<f32>,
    filled: usize,
    narrow: [[f32; SIDE]; ABREAST],
}

impl SecondRows {
    fn new(filter: Box1D, width: usize, columns: [usize; SIDE]) -> Self {
        let mut second = Self {
            filter,
            width,
            columns,
            rows: Vec::new(),
            filled: 0,
            narrow: [[0.0; SIDE]; ABREAST],
        };
        second.rows = vec![0.0; second.stride() * ABREAST];
        second
    }

    fn stride(&self) -> usize {
        self.filter.window + self.width + self.filter.after()
    }

    /// Where the next row goes, which [`SecondRows::filled`] must follow.
    fn free_row(&mut self) -> &mut [f32] {
        let start = self.filled * self.stride() + self.filter.window;
        &mut self.rows[start..][..self.width]
    }

    fn filled(&mut self, give: impl FnMut(Option<&[f32]>)) {
        self.filled += 1;
        if self.filled == ABREAST {
            self.flush(give);
        }
    }

    fn flush(&mut self, mut give: impl FnMut(Option<&[f32]>)) {
        let stride = self.stride();
        let window = self.filter.window;
        let rows: [&[f32]; ABREAST] = std::array::from_fn(|i| &self.rows[i * stride..][..stride]);
        let mut sums = [0f32; ABREAST];
        let mut x = 0;
        for (j, &column) in self.columns.iter().enumerate() {
            let end = column + self.filter.after() + 1;
            let going = rows.map(|row| &row[x..end]);
            let coming = rows.map(|row| &row[x + window..end + window]);
            for i in 0..end - x {
                for lane in 0..ABREAST {
                    sums[lane] = sums[lane] + coming[lane][i] - going[lane][i];
                }
            }
            x = end;
            let count = self.filter.count(column, self.width);
            for (narrow, sum) in self.narrow.iter_mut().zip(sums) {
                narrow[j] = sum / count;
            }
        }
        for narrow in &self.narrow[..self.filled] {
            give(Some(narrow));
        }
        self.filled = 0;
    }
}
