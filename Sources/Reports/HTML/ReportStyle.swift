/// The style sheet of a report: light and dark, for phones and wide screens, and for print.
///
/// Colours of curves are told apart by people with any kind of colour vision as far as eight can be (after Okabe and
/// Ito, "Color universal design", 2008); dashes and markers tell curves apart without them.
enum ReportStyle {
  static let sheet: HTML = """
    :root {
      color-scheme: light dark;
      --page: #f6f7f9; --surface: #ffffff; --ink: #1b2430; --soft: #5a6675; --line: #dde2e8; --grid: #e8ecf1;
      --accent: #1f6fb4; --warn-ink: #7a4a00; --warn-back: #fff5df; --warn-line: #e5b455;
      --c0: #1f6fb4; --c1: #c8501e; --c2: #12805c; --c3: #8a4fa3; --c4: #a07400; --c5: #0d8494; --c6: #b8447f;
      --c7: #6b7280;
      --certified: #12805c; --undecided: #d9a514; --broken: #c8501e; --wrong: #7d8794;
      --attack: #c8501e; --gradient: #1f6fb4; --reduction: #12805c; --waiting: #d9a514; --other: #97a1ae;
      --validation: #8a4fa3; --evaluation: #b8447f; --heat: 31 111 180; --inside: #ffffff;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #11161d; --surface: #1a212b; --ink: #e6ebf1; --soft: #a3afbd; --line: #303a47; --grid: #28313d;
        --accent: #6cb2f0; --warn-ink: #f3cf8a; --warn-back: #2d2513; --warn-line: #8a6a22;
        --c0: #6cb2f0; --c1: #f0905f; --c2: #4cc39a; --c3: #c193e0; --c4: #e0b64a; --c5: #4fc4d3; --c6: #ee8cc0;
        --c7: #a8b0bd;
        --certified: #38a47f; --undecided: #c9a033; --broken: #d9764a; --wrong: #76818f;
        --attack: #d9764a; --gradient: #4f97d8; --reduction: #38a47f; --waiting: #c9a033; --other: #76818f;
        --validation: #a877c9; --evaluation: #cf6fa3; --heat: 108 178 240; --inside: #000000;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--page); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
      -webkit-text-size-adjust: 100%;
    }
    header, nav, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
    header { padding-top: 28px; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; letter-spacing: -.01em; }
    h2 { font-size: 1.2rem; margin: 0 0 12px; letter-spacing: -.005em; }
    h3 { font-size: 1rem; margin: 22px 0 8px; overflow-wrap: anywhere; }
    p { margin: 8px 0; max-width: 76ch; }
    .lead { color: var(--soft); overflow-wrap: anywhere; }
    .brand { color: var(--soft); font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; margin: 0 0 6px; }
    nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; margin: 14px 0 0; padding: 10px 0;
      border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); font-size: .9rem; }
    a { color: var(--accent); text-decoration: none; }
    a:hover, a:focus { text-decoration: underline; }
    section { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 20px;
      margin: 18px 0; }
    .note { color: var(--soft); font-size: .88rem; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px; margin: 0 0 16px; }
    .tile { border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 8px;
      padding: 12px 14px; }
    .tile.robust { border-left-color: var(--broken); }
    .tile.certified { border-left-color: var(--certified); }
    .tile.plain { border-left-color: var(--other); }
    .tile dt { font-size: .85rem; color: var(--soft); }
    .tile dd { margin: 0; }
    .tile .value { font-size: 1.75rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
    .tile .fine { font-size: .82rem; color: var(--soft); overflow-wrap: anywhere; }
    dl.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 4px 24px; margin: 0;
      font-size: .92rem; }
    dl.facts div { display: flex; justify-content: space-between; gap: 12px; border-bottom: 1px solid var(--grid);
      padding: 3px 0; }
    dl.facts dt { color: var(--soft); }
    dl.facts dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
    .warnings { border-color: var(--warn-line); background: var(--warn-back); }
    .warnings li { color: var(--warn-ink); margin: 4px 0; overflow-wrap: anywhere; }
    .warnings ul { padding-left: 20px; margin: 6px 0; }
    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 20px 28px; }
    figure { margin: 0; min-width: 0; }
    figure.chart svg { width: 100%; height: auto; display: block; }
    figure.chart { max-width: 620px; }
    figure.wide { max-width: 760px; }
    .charts > figure.chart { max-width: 680px; }
    .charts > div { min-width: 0; }
    figcaption { font-size: .9rem; font-weight: 600; margin: 6px 0 4px; }
    figcaption .legend { font-weight: 400; }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 3px 16px; margin: 6px 0; padding: 0;
      font-size: .85rem; }
    .legend li { overflow-wrap: anywhere; }
    figure.chart .legend svg.key { display: inline-block; width: 28px; height: 12px; vertical-align: -1px; }
    figure.chart .legend svg.square { width: 12px; }
    svg text { fill: var(--ink); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
    svg .tick { fill: var(--soft); font-size: 11.5px; font-variant-numeric: tabular-nums; }
    svg .label { font-size: 12px; }
    svg .grid { stroke: var(--grid); stroke-width: 1; }
    svg .axis, svg .mark { stroke: var(--soft); stroke-width: 1; }
    svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
    svg .band { stroke: none; opacity: .16; }
    svg .whisker { stroke-width: 1.5; opacity: .75; }
    svg .ring { fill: var(--surface); stroke-width: 2; }
    svg .cross { fill: none; stroke-width: 2; }
    \(colors)
    svg .d1 { stroke-dasharray: 7 4; } svg .d2 { stroke-dasharray: 2 4; } svg .d3 { stroke-dasharray: 9 3 2 3; }
    svg .d4 { stroke-dasharray: 4 3; } svg .d5 { stroke-dasharray: 12 4; }
    \(segments)
    svg .segment { stroke: var(--surface); stroke-width: 1; }
    svg text.inside { fill: var(--inside); font-weight: 600; }
    svg text.inside.undecided, svg text.inside.waiting, svg text.inside.wrong, svg text.inside.other { fill: #000; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; font-size: .88rem; margin: 8px 0; font-variant-numeric: tabular-nums; }
    caption { text-align: left; color: var(--soft); padding: 2px 0 6px; white-space: nowrap; }
    th, td { padding: 4px 10px; border-bottom: 1px solid var(--grid); text-align: right; vertical-align: top;
      white-space: nowrap; }
    thead th { border-bottom: 2px solid var(--line); color: var(--soft); font-weight: 600; }
    tbody th { font-weight: 500; }
    .text { text-align: left; }
    td.long { white-space: normal; min-width: 24ch; }
    table.matrix { border-collapse: separate; border-spacing: 2px; font-size: .82rem; }
    table.matrix th, table.matrix td { border: 0; padding: 3px 4px; text-align: center; min-width: 30px; }
    table.matrix td { border-radius: 4px; background: rgb(var(--heat) / var(--share)); }
    table.matrix caption { font-weight: 600; color: var(--ink); font-size: .9rem; }
    table.matrix td.own { box-shadow: inset 0 0 0 1.5px var(--line); }
    details { margin: 8px 0; }
    summary { cursor: pointer; color: var(--accent); font-size: .9rem; }
    pre { overflow-x: auto; background: var(--page); border: 1px solid var(--line); border-radius: 8px; padding: 12px;
      font: .8rem/1.45 ui-monospace, "SF Mono", Menlo, Consolas, monospace; white-space: pre-wrap;
      overflow-wrap: anywhere; }
    code { font: .85em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
    .examples { display: grid; grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); gap: 12px; margin: 8px 0; }
    .examples figure { border: 1px solid var(--line); border-radius: 8px; padding: 8px; text-align: center; }
    .examples img { width: 100%; height: auto; image-rendering: pixelated; display: block; border-radius: 4px; }
    .examples figcaption { margin: 6px 0 0; font-weight: 600; font-variant-numeric: tabular-nums; }
    .examples .withstood figcaption { color: var(--certified); }
    .examples .broken figcaption { color: var(--broken); }
    .examples small { color: var(--soft); font-weight: 400; }
    footer { color: var(--soft); font-size: .85rem; padding-bottom: 32px; }
    @media (max-width: 640px) {
      header, nav, main, footer { padding-left: 12px; padding-right: 12px; }
      section { padding: 14px; margin: 12px 0; }
      h1 { font-size: 1.35rem; }
      .tiles { grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); }
      .examples { grid-template-columns: repeat(auto-fill, minmax(138px, 1fr)); }
      table.matrix { font-size: .7rem; border-spacing: 1px; }
      table.matrix th, table.matrix td { padding: 3px 1px; min-width: 23px; }
    }
    @media print {
      :root { color-scheme: light; }
      body { background: #fff; font-size: 10.5pt; }
      nav { display: none; }
      header, main, footer { max-width: none; padding: 0; }
      section { border: 0; border-top: 1px solid #999; border-radius: 0; padding: 10px 0; margin: 10px 0; }
      figure, tr, .tile { break-inside: avoid; }
      h2, h3 { break-after: avoid; }
      .charts { grid-template-columns: 1fr 1fr; gap: 12px 20px; }
      .scroll { overflow: visible; }
      table { width: 100%; font-size: 7.5pt; }
      table.matrix { width: auto; }
      th, td { white-space: normal; padding: 2px 5px; }
      td.long { min-width: 0; }
      table .note { font-size: inherit; }
      * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
    }
    """

  /// The colours of curves.
  private static let colors = HTML(
    (0..<LineChart.colors).map { number -> HTML in
      """
      svg .curve.c\(number), svg .whisker.c\(number) { stroke: var(--c\(number)); } \
      svg .band.c\(number) { fill: var(--c\(number)); } \
      svg .point.c\(number) { fill: var(--c\(number)); stroke: var(--c\(number)); }
      """
    })

  /// The colours of parts of bars.
  private static let segments = HTML(
    [
      "certified", "undecided", "broken", "wrong", "attack", "gradient", "reduction", "waiting", "other",
      "validation", "evaluation",
    ].map { name -> HTML in "svg rect.\(name) { fill: var(--\(name)); }" })
}
