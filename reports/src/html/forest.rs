//! A forest plot: one ratio with its interval a row, on a logarithmic axis, against the gate and the noise.

use crate::words::cut;

/// Where the axis begins, and how long it is.
const LEFT: f64 = 232.0;
const LENGTH: f64 = 480.0;
const TOP: f64 = 40.0;
const ROW: f64 = 24.0;
/// No ratio farther from 1 than this is drawn where it is: an arrow points to it.
const FARTHEST: f64 = 64.0;
/// Ratios that a label may stand at.
const ROUND: [f64; 21] = [
    0.015_625, 0.031_25, 0.062_5, 0.125, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25, 1.5, 2.0, 4.0, 8.0,
    16.0, 32.0, 64.0,
];

/// What a row comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Within,
    Undecided,
    Beyond,
    /// All rows together.
    Overall,
}

impl Mark {
    /// The name of its look.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Undecided => "undecided",
            Self::Beyond => "beyond",
            Self::Overall => "overall",
        }
    }
}

/// A ratio with its interval.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) value: f64,
    /// 0: not known.
    pub(super) lower: f64,
    /// Infinite: not known.
    pub(super) upper: f64,
    pub(super) mark: Mark,
    pub(super) words: String,
}

/// The plot. Measures are in pixels.
pub(super) struct Forest {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) bottom: f64,
    pub(super) rows: Vec<Drawn>,
    pub(super) ticks: Vec<Tick>,
    pub(super) one: f64,
    pub(super) gate: Tick,
    /// Where the noise lies, from and how wide.
    pub(super) noise: Option<Noise>,
}

/// A ratio that is named.
pub(super) struct Tick {
    pub(super) x: f64,
    pub(super) label: String,
}

/// Between which ratios an engine lies against itself.
pub(super) struct Noise {
    pub(super) x: f64,
    pub(super) width: f64,
}

/// A row as it is drawn.
pub(super) struct Drawn {
    pub(super) y: f64,
    pub(super) label: String,
    pub(super) title: String,
    pub(super) class: &'static str,
    pub(super) x: f64,
    pub(super) from: f64,
    pub(super) to: f64,
    /// The interval goes on beyond the axis, to the left and to the right.
    pub(super) goes_on: [bool; 2],
    /// The outline of its mark: shapes differ as well as colours.
    pub(super) outline: &'static str,
    pub(super) words: String,
}

/// From ratios to pixels.
struct Axis {
    from: f64,
    to: f64,
}

impl Axis {
    fn of(ratios: impl Iterator<Item = f64>) -> Self {
        let known = ratios.filter(|ratio| ratio.is_finite() && *ratio > 0.0);
        let logs: Vec<f64> = known.map(|ratio| ratio.clamp(1.0 / FARTHEST, FARTHEST).ln()).collect();
        // Some room on both sides, and never so little that noise looks like a difference.
        let from = logs.iter().copied().fold(0.9_f64.ln(), f64::min);
        let to = logs.iter().copied().fold(1.1_f64.ln(), f64::max);
        let room = (to - from) * 0.04;
        Self {
            from: from - room,
            to: to + room,
        }
    }

    fn x(&self, ratio: f64) -> f64 {
        let at = (ratio.max(f64::MIN_POSITIVE).ln() - self.from) / (self.to - self.from);
        LEFT + at.clamp(0.0, 1.0) * LENGTH
    }

    fn holds(&self, ratio: f64) -> bool {
        ratio > 0.0 && ratio.is_finite() && (self.from..=self.to).contains(&ratio.ln())
    }
}

/// Draws the rows. `noise`: between which ratios an engine lies when it is compared with itself.
pub(super) fn forest(rows: &[Row], gate: f64, noise: Option<[f64; 2]>) -> Forest {
    let axis = Axis::of(
        rows.iter()
            .flat_map(|row| [row.value, row.lower, row.upper])
            .chain([gate])
            .chain(noise.into_iter().flatten()),
    );
    let bottom = TOP + rows.len() as f64 * ROW;
    let draw = |(place, row): (usize, &Row)| {
        let y = TOP + (place as f64 + 0.5) * ROW;
        Drawn {
            y,
            label: cut(&row.label, 30),
            title: format!("{}: {}", row.label, row.words),
            class: row.mark.class(),
            x: axis.x(row.value),
            from: axis.x(row.lower),
            to: axis.x(row.upper),
            goes_on: [!axis.holds(row.lower), !axis.holds(row.upper)],
            outline: outline(row.mark),
            words: row.words.clone(),
        }
    };
    let mut ticks: Vec<Tick> = Vec::new();
    for ratio in ROUND.into_iter().filter(|ratio| axis.holds(*ratio)) {
        let x = axis.x(ratio);
        // 1 is always there: what is too near to it gives way.
        let is_free = ticks.iter().all(|other| (x - other.x).abs() > 44.0);
        let is_near_one = (x - axis.x(1.0)).abs() <= 44.0;
        if ratio.to_bits() == 1.0_f64.to_bits() {
            ticks.retain(|other| (x - other.x).abs() > 44.0);
        } else if !is_free || is_near_one {
            continue;
        }
        ticks.push(Tick {
            x,
            label: format!("{ratio}×"),
        });
    }
    Forest {
        width: LEFT + LENGTH + 330.0,
        height: bottom + 30.0,
        bottom,
        rows: rows.iter().enumerate().map(draw).collect(),
        ticks,
        one: axis.x(1.0),
        gate: Tick {
            x: axis.x(gate),
            label: format!("gate {gate}×"),
        },
        noise: noise.map(|[from, to]| Noise {
            x: axis.x(from),
            width: axis.x(to) - axis.x(from),
        }),
    }
}

/// A square, a triangle, a cross, or a diamond, around its middle.
const fn outline(mark: Mark) -> &'static str {
    match mark {
        Mark::Within => "M-5 -5H5V5H-5Z",
        Mark::Undecided => "M0 -5L5 5H-5Z",
        Mark::Beyond => "M-5 -5L5 5M5 -5L-5 5",
        Mark::Overall => "M0 -7L7 0L0 7L-7 0Z",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: f64, lower: f64, upper: f64) -> Row {
        Row {
            label: "w".to_owned(),
            value,
            lower,
            upper,
            mark: Mark::Within,
            words: String::new(),
        }
    }

    #[test]
    fn half_as_long_is_as_far_from_one_as_twice_as_long() {
        let plot = forest(&[row(0.5, 0.4, 0.6), row(2.0, 1.8, 2.5)], 1.1, None);
        let [faster, slower] = [&plot.rows[0], &plot.rows[1]].map(|row| (row.x - plot.one).abs());
        assert!((faster - slower).abs() < 1e-6, "{faster} and {slower}");
        assert!(plot.rows[0].from < plot.rows[0].x && plot.rows[0].x < plot.rows[0].to);
        assert!(plot.gate.x > plot.one);
    }

    #[test]
    fn an_interval_that_is_not_known_goes_on_beyond_the_axis() {
        let plot = forest(&[row(1.0, 0.0, f64::INFINITY)], 1.1, Some([0.95, 1.06]));
        let drawn = &plot.rows[0];
        assert_eq!(drawn.goes_on, [true, true]);
        assert!((drawn.from - LEFT).abs() < 1e-6 && (drawn.to - LEFT - LENGTH).abs() < 1e-6);
        assert!(
            plot.noise
                .is_some_and(|noise| noise.x < plot.one && noise.x + noise.width > plot.one)
        );
    }

    #[test]
    fn one_is_on_the_axis_whatever_was_measured() {
        for value in [0.01, 0.4, 1.0, 1.02, 30.0, 1_000.0, f64::NAN] {
            let plot = forest(&[row(value, value, value)], 1.1, None);
            assert!(plot.ticks.iter().any(|tick| tick.label == "1×"), "{value}");
            assert!(plot.rows[0].x >= LEFT && plot.rows[0].x <= LEFT + LENGTH, "{value}");
        }
    }
}
