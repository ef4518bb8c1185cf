/// How the page looks: one accent, system fonts, room to breathe.
enum Stylesheet {
    static let css = """
        :root {
          color-scheme: light dark;
          --paper: #fcfbf8; --ink: #1d2527; --quiet: #58646a; --rule: #dfdcd3; --faint: #efede6;
          --accent: #0b6670; --wash: #d9eaea; --alarm: #8f3a12;
          --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", "DejaVu Sans", sans-serif;
          --serif: Charter, "Iowan Old Style", "Palatino Linotype", Georgia, "DejaVu Serif", serif;
          --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #14191b; --ink: #e7e9e6; --quiet: #a3afb3; --rule: #333d41; --faint: #20282b;
            --accent: #74cbd0; --wash: #21393d; --alarm: #f0a37c;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
        @media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
        body {
          margin: 0 auto; padding: 0 clamp(1rem, 4vw, 3rem) 4rem; max-width: 74rem;
          background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 var(--sans); overflow-wrap: break-word;
        }
        a { color: var(--accent); text-underline-offset: .2em; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 3px; }
        .skip {
          position: absolute; left: 1rem; top: -6rem; padding: .75rem 1.25rem; z-index: 1;
          background: var(--accent); color: var(--paper);
        }
        .skip:focus { top: 1rem; }
        h1, h2, h3 { font-family: var(--serif); font-weight: 600; line-height: 1.2; text-wrap: balance; }
        h1 { font-size: clamp(2.1rem, 6vw, 3.4rem); margin: 0; letter-spacing: -.01em; }
        h2 {
          font-size: clamp(1.6rem, 4vw, 2.1rem); margin: 5rem 0 1rem; padding-top: 1.25rem;
          border-top: 3px solid var(--accent);
        }
        h3 { font-size: 1.35rem; margin: 3.5rem 0 .5rem; color: var(--accent); }
        h4 { font-size: 1.15rem; line-height: 1.35; margin: 3rem 0 .25rem; }
        p, ul { margin: 0 0 1rem; max-width: 44rem; }
        small { font-size: .8125rem; color: var(--quiet); }
        code { font-family: var(--mono); font-size: .75rem; color: var(--quiet); overflow-wrap: anywhere; }
        .top { padding-top: clamp(2.5rem, 8vw, 5.5rem); }
        .top .day { margin: 0 0 .75rem; color: var(--accent); font-weight: 600; }
        .plan { font: 1.25rem/1.4 var(--serif); margin: .6rem 0; }
        .remark { color: var(--quiet); margin: 1.5rem 0 -1rem; }
        .lead { font-size: 1.125rem; color: var(--quiet); }
        .highlights {
          list-style: none; padding: 0; margin: 2.75rem 0; max-width: none; display: grid; gap: 2rem 1.5rem;
          grid-template-columns: repeat(auto-fit, minmax(min(13rem, 42%), 1fr));
        }
        .highlights li { border-top: 1px solid var(--rule); padding-top: .75rem; }
        .highlights strong {
          display: block; font: 600 clamp(1.9rem, 5vw, 2.5rem)/1.1 var(--serif); color: var(--accent);
          font-variant-numeric: lining-nums;
        }
        .highlights span { display: block; line-height: 1.35; margin-top: .25rem; }
        .highlights small { display: block; }
        nav ul { list-style: none; margin: 0; padding: 0; max-width: none; display: flex; flex-wrap: wrap; gap: 0 1.5rem; }
        nav a { display: inline-block; padding: .7rem 0; }
        .commitment { display: flex; gap: .75rem; align-items: baseline; }
        .commitment .number {
          flex: none; min-width: 2.1rem; padding: .05rem .4rem; text-align: center; border-radius: 1.2rem;
          background: var(--wash); color: var(--ink); font-size: 1rem; font-variant-numeric: tabular-nums;
        }
        .progress { color: var(--quiet); font-size: .9375rem; }
        .list-title { margin: 1.25rem 0 .25rem; font-weight: 600; }
        .items { padding-left: 1.2rem; }
        .items li { margin-bottom: .25rem; }
        .items li::marker { color: var(--accent); }
        table { width: 100%; border-collapse: collapse; margin: 1.5rem 0 2.5rem; font-size: .9688rem; }
        caption { text-align: left; font-weight: 600; padding-bottom: .6rem; }
        caption code { display: block; font-weight: 400; }
        th, td { text-align: left; vertical-align: top; padding: .6rem .9rem .6rem 0; border-bottom: 1px solid var(--rule); }
        th:last-child, td:last-child { padding-right: 0; }
        thead th { font-size: .8125rem; font-weight: 600; color: var(--quiet); vertical-align: bottom; }
        tbody th, tfoot th { font-weight: 400; }
        tfoot th, tfoot td { font-weight: 600; border-bottom: 0; }
        .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        thead .n { white-space: normal; }
        .figures th:first-child { width: 46%; }
        .figures td small { display: block; }
        .figures th code { display: block; margin-top: .15rem; }
        .figures i { display: block; font-style: normal; font-size: .8125rem; }
        .figures caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .agree { color: var(--quiet); }
        .disagree { color: var(--alarm); font-weight: 600; }
        .charts { display: grid; gap: 2rem 2.5rem; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); }
        .chart { margin: 2rem 0; min-width: 0; max-width: 46rem; }
        .charts .chart { margin: 0; display: grid; grid-row: span 3; grid-template-rows: subgrid; gap: 0; }
        .charts figcaption { align-self: end; }
        figcaption { font-weight: 600; line-height: 1.35; margin-bottom: .5rem; }
        svg { display: block; overflow: visible; }
        svg text { font: 12.5px var(--sans); fill: var(--quiet); font-variant-numeric: tabular-nums; }
        svg text.strong { fill: var(--ink); font-weight: 600; }
        .grid { stroke: var(--rule); stroke-dasharray: 2 4; }
        .axis { stroke: var(--quiet); }
        path.area { fill: var(--wash); }
        path.line { fill: none; stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke; }
        path.step { fill: none; stroke: var(--quiet); stroke-width: 1.5; stroke-dasharray: 5 3; vector-effect: non-scaling-stroke; }
        rect.track { fill: var(--faint); }
        rect.first { fill: var(--accent); }
        rect.second { fill: var(--wash); stroke: var(--accent); stroke-width: 1; }
        text.narrow { display: none; }
        .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .8125rem; color: var(--quiet); margin: 1.5rem 0 1rem; }
        .swatch { display: inline-block; width: .9rem; height: .7rem; margin-right: .45rem; border-radius: 2px; }
        .swatch.first { background: var(--accent); }
        .swatch.second { background: var(--wash); border: 1px solid var(--accent); }
        .swatch.area { background: var(--wash); border-top: 2px solid var(--accent); border-radius: 0; }
        .swatch.step { height: 0; border-top: 2px dashed var(--quiet); border-radius: 0; vertical-align: middle; }
        summary { cursor: pointer; color: var(--accent); padding: .7rem 0; font-size: .9375rem; }
        footer { margin-top: 5rem; }
        footer dl { margin: 1.5rem 0; }
        footer dl div { display: flex; flex-wrap: wrap; gap: 0 1.5rem; padding: .5rem 0; border-bottom: 1px solid var(--rule); }
        footer dt { flex: 0 0 14rem; color: var(--quiet); }
        footer dd { margin: 0; flex: 1 1 16rem; min-width: 0; font: .875rem/1.6 var(--mono); overflow-wrap: anywhere; }
        pre { background: var(--faint); padding: 1rem; margin: 0; white-space: pre-wrap; border-radius: 4px; }
        pre code { color: var(--ink); font-size: .875rem; }
        @media (max-width: 44rem) {
          h2 { margin-top: 3.5rem; }
          table, tbody, tfoot, tr, th, td, caption { display: block; }
          thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          tr { padding: .8rem 0; border-bottom: 1px solid var(--rule); }
          th, td { border: 0; padding: .1rem 0; }
          tbody th, tfoot th { font-weight: 600; margin-bottom: .25rem; }
          td { display: flex; justify-content: space-between; gap: 1rem; text-align: right; }
          td.void { display: none; }
          td::before { content: attr(data-label); color: var(--quiet); text-align: left; font-weight: 400; white-space: normal; }
          text.wide { display: none; }
          text.narrow { display: inline; }
          .figures td { display: block; text-align: left; margin-top: .35rem; }
          .figures td::before { display: block; font-size: .8125rem; }
          .figures th:first-child { width: auto; }
          .figures th code { font-weight: 400; }
          footer dt { flex-basis: 100%; }
        }
        @media print {
          :root {
            color-scheme: light;
            --paper: #ffffff; --ink: #000000; --quiet: #444444; --rule: #bbbbbb; --faint: #eeeeee;
            --accent: #0b5560; --wash: #e2eeee; --alarm: #7a2f0c;
          }
          @page { size: A4; margin: 18mm 16mm; }
          body { font-size: 9.5pt; line-height: 1.45; max-width: none; padding: 0; }
          .skip, nav, details { display: none; }
          h2 { break-before: page; margin-top: 0; }
          h2, h3, h4, figcaption, caption, .list-title { break-after: avoid; }
          tr, figure, .highlights li, footer { break-inside: avoid; }
          .highlights { margin: 1.5rem 0; }
          footer h2 { break-before: auto; }
          h3 + p { break-after: avoid; }
          table { font-size: 8.5pt; margin: .75rem 0 1.5rem; }
          th, td { padding-top: .3rem; padding-bottom: .3rem; }
          h3 { margin-top: 2rem; }
          h4 { margin-top: 1.5rem; }
        }
        """
}
