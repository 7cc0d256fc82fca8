//! Plots as SVG that takes its colours from the page.
//!
//! Drawn by `plotters`, which writes colours as numbers. Each colour here stands for a role and is replaced by the page's
//! variable for it, so that one plot serves light and dark.

use std::{io, ops::Range};

use plotters::{
    chart::{ChartBuilder, ChartContext},
    coord::{Shift, types::RangedCoordf64},
    drawing::{DrawingArea, DrawingAreaErrorKind},
    element::{Circle, Polygon, Rectangle},
    prelude::{Cartesian2d, DashedLineSeries, IntoDrawingArea, LineSeries, SVGBackend},
    style::{Color, FontDesc, RGBColor, ShapeStyle, TRANSPARENT},
};

/// Width and height of the drawing. Small, so that the text of a plot that fills a phone is still read.
const SIZE: (u32, u32) = (400, 260);

/// Size of text, in units of the drawing.
const TEXT_SIZE: u32 = 13;

/// How many colours of series the page has.
pub(super) const COLOURS: usize = 10;

const INK: RGBColor = RGBColor(2, 0, 0);
const GRID: RGBColor = RGBColor(2, 0, 1);

type Failure = DrawingAreaErrorKind<io::Error>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// One direction of a plot.
pub(super) struct Axis<'a> {
    pub(super) label: &'a str,
    pub(super) range: Range<f64>,
    /// Ticks at most.
    pub(super) ticks: usize,
    /// What stands at a tick.
    pub(super) format: &'a dyn Fn(f64) -> String,
}

/// A line with points.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Series {
    /// Which of the page's colours.
    pub(super) colour: usize,
    pub(super) is_dashed: bool,
    pub(super) has_points: bool,
    /// By rising x.
    pub(super) points: Vec<(f64, f64)>,
    /// x, lower end, upper end; empty where there is none.
    pub(super) band: Vec<(f64, f64, f64)>,
}

/// Bars of one colour: from, to, height.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bars {
    /// Which of the page's colours.
    pub(super) colour: usize,
    pub(super) bars: Vec<(f64, f64, f64)>,
}

/// Lines over one another.
pub(super) fn lines(x: &Axis<'_>, y: &Axis<'_>, series: &[Series]) -> Result<String, Failure> {
    drawn(x, y, |chart| {
        for one in series {
            let band: Vec<(f64, f64)> = one
                .band
                .iter()
                .map(|&(x, low, _)| (x, low))
                .chain(one.band.iter().rev().map(|&(x, _, high)| (x, high)))
                .collect();
            if !band.is_empty() {
                chart.draw_series([Polygon::new(band, colour(one.colour).mix(0.18).filled())])?;
            }
        }
        for one in series {
            let style = colour(one.colour).stroke_width(2);
            let points = one.points.iter().copied();
            if one.is_dashed {
                chart.draw_series(DashedLineSeries::new(points.clone(), 5, 4, style))?;
            } else {
                chart.draw_series(LineSeries::new(points.clone(), style))?;
            }
            if one.has_points {
                chart.draw_series(points.map(|point| Circle::new(point, 3, colour(one.colour).filled())))?;
            }
        }
        Ok(())
    })
}

/// Bars over one another, half seen through.
pub(super) fn bars(x: &Axis<'_>, y: &Axis<'_>, groups: &[Bars]) -> Result<String, Failure> {
    drawn(x, y, |chart| {
        for group in groups {
            let fill: ShapeStyle = colour(group.colour).mix(0.45).filled();
            chart.draw_series(
                group
                    .bars
                    .iter()
                    .map(|&(from, to, height)| Rectangle::new([(from, 0.0), (to, height)], fill)),
            )?;
        }
        Ok(())
    })
}

fn colour(place: usize) -> RGBColor {
    RGBColor(1, 0, u8::try_from(place % COLOURS).unwrap_or_default())
}

fn drawn(
    x: &Axis<'_>,
    y: &Axis<'_>,
    draw: impl FnOnce(&mut Chart<'_, '_>) -> Result<(), Failure>,
) -> Result<String, Failure> {
    let mut svg = String::new();
    {
        let area: DrawingArea<SVGBackend<'_>, Shift> =
            SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(6)
            .margin_right(14)
            .x_label_area_size(40)
            .y_label_area_size(52)
            .build_cartesian_2d(x.range.clone(), y.range.clone())?;
        let text = FontDesc::from(("sans-serif", TEXT_SIZE)).color(&INK);
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .label_style(text.clone())
            .axis_desc_style(text)
            .x_desc(x.label)
            .y_desc(y.label)
            .x_labels(x.ticks)
            .y_labels(y.ticks)
            .x_label_formatter(&|value| (x.format)(*value))
            .y_label_formatter(&|value| (y.format)(*value))
            .draw()?;
        draw(&mut chart)?;
        area.present()?;
    }
    Ok(with_page_colours(&svg))
}

/// Puts the page's variables where the colours of roles are, and lets the page decide on the size. A colour is a whole attribute,
/// and quotes in texts are escaped, so that no text is touched.
fn with_page_colours(svg: &str) -> String {
    let quoted = |colour: RGBColor| format!("\"#{:02X}{:02X}{:02X}\"", colour.0, colour.1, colour.2);
    let size = format!("width=\"{}\" height=\"{}\" ", SIZE.0, SIZE.1);
    let svg = svg
        .replacen(&size, "aria-hidden=\"true\" ", 1)
        .replace(&quoted(INK), "\"currentColor\"")
        .replace(&quoted(GRID), "\"var(--line)\"");
    (0..COLOURS)
        .fold(svg, |svg, place| svg.replace(&quoted(colour(place)), &format!("\"var(--series-{place})\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(label: &str) -> Axis<'_> {
        Axis { label, range: 0.0..1.0, ticks: 5, format: &|value| format!("{value:.1}") }
    }

    #[test]
    fn colours_are_those_of_the_page_and_texts_are_texts() {
        let series = Series {
            colour: 3,
            points: vec![(0.0, 0.0), (1.0, 1.0)],
            band: vec![(0.0, 0.0, 0.1), (1.0, 0.9, 1.0)],
            has_points: true,
            is_dashed: false,
        };
        let svg = lines(&axis("<x>"), &axis("\"#020000\""), &[series]).unwrap();
        assert!(svg.contains("var(--series-3)") && svg.contains("currentColor"));
        assert!(!svg.contains("\"#0"), "a colour that no page knows");
        assert!(svg.contains("&lt;x&gt;") && svg.contains("&quot;#020000&quot;") && !svg.contains("<x>"));
        assert!(!svg.contains("width=\"400\"") && svg.contains("viewBox=\"0 0 400 260\""));
    }

    #[test]
    fn the_same_twice() {
        let draw =
            || bars(&axis("a"), &axis("b"), &[Bars { colour: 0, bars: vec![(0.0, 0.5, 1.0)] }]).unwrap();
        assert_eq!(draw(), draw());
    }
}
