//! Where everything stands, from the size of the terminal alone.

use ratatui::layout::Rect;

/// The parts of the screen. Where there is no room for one, it has no height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Areas {
    /// The session in one line.
    pub(super) head: Rect,
    /// The services, one a row.
    pub(super) list: Rect,
    /// What is shown of the log, in one line.
    pub(super) bar: Rect,
    /// The log.
    pub(super) log: Rect,
    /// Keys, messages, questions.
    pub(super) foot: Rect,
}

/// Divides a terminal of `columns` and `rows` among the parts, for so many services.
pub(super) fn areas((columns, rows): (u16, u16), services: usize) -> Areas {
    // The log is what it is all about: it keeps its rows longest, then the line below it.
    let foot = u16::from(rows >= 3);
    let head = u16::from(rows >= 6);
    let bar = u16::from(rows >= 5);
    let rest = rows - foot - head - bar;
    let wanted = u16::try_from(services + 1).unwrap_or(u16::MAX);
    let list = if rows >= 8 {
        wanted.min((rest * 2) / 5).max(1)
    } else {
        0
    };
    let log = rest - list;
    let mut top = 0;
    let mut next = |height: u16| {
        let area = Rect::new(0, top, columns, height);
        top += height;
        area
    };
    Areas {
        head: next(head),
        list: next(list),
        bar: next(bar),
        log: next(log),
        foot: next(foot),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_parts_fill_the_screen_and_no_more(columns in 0_u16..300, rows in 0_u16..200, services in 0_usize..400) {
            let parts = areas((columns, rows), services);
            let heights = [parts.head, parts.list, parts.bar, parts.log, parts.foot].map(|part| part.height);
            prop_assert_eq!(heights.iter().sum::<u16>(), rows);
            prop_assert!(rows == 0 || parts.log.height > 0, "{parts:?}");
        }
    }
}
