/// The look of a report's page: system fonts, one accent, light and dark, screen and A4.
enum HTMLStyle {
    /// SHA-256 of ``text`` in Base64, for the page's Content-Security-Policy. A test computes it again.
    static let hash = "3I5UdpequC1LYsiQT3blNANgfyFNHy9km0ZKSEdCsZ4="

    static let text: StaticString = #"""

        :root {
          color-scheme: light dark;
          --back: #ffffff; --panel: #f3f5f8; --text: #1b2027; --soft: #505a66; --line: #c3cad3; --accent: #0b5cad; --on-accent: #ffffff;
          --critical: #a3123a; --major: #b23c08; --moderate: #7d5a00; --minor: #2a6487; --information: #515c68; --on-severity: #ffffff;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --back: #14181d; --panel: #1d232a; --text: #e7eaee; --soft: #a9b3bf; --line: #3f4955; --accent: #82b9f5; --on-accent: #14181d;
            --critical: #ff8ba0; --major: #ffad70; --moderate: #f0cc66; --minor: #8ac8f0; --information: #b4bdc8; --on-severity: #14181d;
          }
        }
        * { box-sizing: border-box; }
        html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
        @media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
        body { margin: 0; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", Arial, sans-serif; overflow-wrap: break-word; }
        a { color: var(--accent); }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        .skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--accent); color: var(--on-accent); z-index: 2; }
        .skip:focus { left: 0; top: 0; }
        header.top { border-bottom: 4px solid var(--accent); padding: 1.5rem clamp(1rem, 2.5vw, 3rem); }
        header.top p { margin: .25rem 0 0; color: var(--soft); }
        h1 { font-size: clamp(1.4rem, 4vw, 2rem); line-height: 1.2; margin: 0; }
        h2 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 .75rem; padding-bottom: .3rem; border-bottom: 2px solid var(--line); }
        h3 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
        h4 { font-size: 1rem; margin: 1rem 0 .25rem; }
        p { margin: .5rem 0; max-width: 75ch; }
        li { max-width: 75ch; }
        .layout { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; padding: 1rem clamp(1rem, 2.5vw, 3rem) 3rem; max-width: 110rem; margin: 0 auto; }
        .contents ol { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem 1rem; }
        .contents a { display: inline-block; padding: .25rem 0; }
        @media (min-width: 75rem) {
          .layout { grid-template-columns: 13rem minmax(0, 1fr); gap: 2rem; }
          .contents { position: sticky; top: 1rem; align-self: start; max-height: calc(100vh - 2rem); overflow: auto; }
          .contents ol { display: block; }
        }
        main > section { margin-bottom: 3rem; scroll-margin-top: 1rem; }
        dl.facts { display: grid; grid-template-columns: minmax(9rem, max-content) minmax(0, 1fr); gap: .25rem 1.5rem; margin: .5rem 0; }
        dl.facts dt { color: var(--soft); }
        dl.facts dd { margin: 0; }
        @media (max-width: 30rem) { dl.facts { grid-template-columns: minmax(0, 1fr); } dl.facts dd { margin-bottom: .5rem; } }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; padding: 0; margin: 1rem 0; list-style: none; }
        .figures li { background: var(--panel); border-radius: .4rem; padding: .6rem .8rem; max-width: none; }
        .figures strong { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
        .level { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; background: var(--panel); border-left: .4rem solid var(--soft); border-radius: .4rem; padding: .75rem 1rem; }
        .level p { margin: 0; }
        .level.critical { border-color: var(--critical); } .level.major { border-color: var(--major); } .level.moderate { border-color: var(--moderate); }
        .level.minor { border-color: var(--minor); }
        .badge { display: inline-block; padding: .05rem .5rem; border-radius: .25rem; font-size: .875rem; font-weight: 600; background: var(--information); color: var(--on-severity); white-space: nowrap; }
        .badge.critical { background: var(--critical); } .badge.major { background: var(--major); } .badge.moderate { background: var(--moderate); }
        .badge.minor { background: var(--minor); }
        .note { color: var(--soft); font-size: .925rem; }
        code, pre { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .875rem; }
        code { overflow-wrap: anywhere; unicode-bidi: isolate; }
        td > code { display: inline-block; min-width: 12rem; }
        pre { background: var(--panel); padding: .75rem; overflow: auto; border-radius: .4rem; max-height: 30rem; }
        .scroll, .picture { overflow-x: auto; }
        .wider { box-shadow: inset -.7rem 0 .5rem -.5rem var(--line); }
        .hint { color: var(--soft); font-size: .85rem; margin: .25rem 0; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        caption { text-align: left; font-weight: 600; padding: .25rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .35rem .45rem; border-bottom: 1px solid var(--line); unicode-bidi: isolate; overflow-wrap: break-word; min-width: 3.5rem; max-width: 22rem; }
        thead th { background: var(--panel); }
        .number { text-align: right; font-variant-numeric: tabular-nums; }
        .whole, .moment { white-space: nowrap; }
        td.digest { overflow-wrap: anywhere; font-family: ui-monospace, monospace; font-size: .8rem; min-width: 12rem; }
        thead button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 0; text-align: inherit; cursor: pointer; }
        .paper { display: none; }
        thead button::after { content: " \2195"; color: var(--soft); }
        th[aria-sort="ascending"] button::after { content: " \2191"; color: var(--text); }
        th[aria-sort="descending"] button::after { content: " \2193"; color: var(--text); }
        .live .table:not(.all) .more { display: none; }
        .controls { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin: .75rem 0 .5rem; }
        .controls:empty { display: none; }
        .controls label { display: flex; flex-direction: column; font-size: .85rem; color: var(--soft); max-width: 100%; }
        .controls input, .controls select, .controls button, .pager button { font: inherit; font-size: .95rem; color: var(--text); background: var(--back); border: 1px solid var(--soft); border-radius: .3rem; padding: .35rem .6rem; max-width: 16rem; min-height: 2.25rem; }
        .controls button, .pager button { cursor: pointer; }
        .controls button[aria-pressed="true"] { background: var(--accent); color: var(--on-accent); }
        .pager { display: flex; gap: 1rem; align-items: center; }
        .pager[hidden] { display: none; }
        .pager button:disabled { color: var(--soft); border-style: dashed; cursor: default; }
        .status { color: var(--soft); font-size: .9rem; margin: .35rem 0; }
        details { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .9rem; margin: .6rem 0; scroll-margin-top: 1rem; }
        summary { cursor: pointer; }
        summary h4 { display: inline; }
        .pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem; }
        figure { margin: 1rem 0; }
        figcaption { font-weight: 600; margin-bottom: .4rem; }
        svg { display: block; width: 100%; height: auto; font: 13px system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", Arial, sans-serif; }
        .picture svg { min-width: 34rem; max-width: 60rem; }
        .picture.small svg { min-width: 0; max-width: 36rem; }
        svg text { fill: var(--text); }
        svg .soft { fill: var(--soft); }
        svg .grid { stroke: var(--line); fill: none; }
        svg .accent { fill: var(--accent); }
        svg .node { fill: var(--panel); stroke: var(--accent); stroke-width: 1.5; }
        svg .outside { stroke: var(--critical); stroke-width: 2.5; }
        svg .flow { fill: none; stroke: var(--accent); stroke-opacity: .55; }
        svg .flow.undeclared { stroke: var(--major); stroke-dasharray: 6 4; stroke-opacity: .8; }
        svg .flow.crossing { stroke: var(--critical); stroke-opacity: .8; }
        svg .critical { fill: var(--critical); } svg .major { fill: var(--major); } svg .moderate { fill: var(--moderate); } svg .minor { fill: var(--minor); }
        svg .information { fill: var(--information); }
        svg .on-severity { fill: var(--on-severity); font-weight: 600; }
        svg .heat0 { fill: var(--panel); } svg .heat1 { fill: var(--accent); fill-opacity: .14; } svg .heat2 { fill: var(--accent); fill-opacity: .3; }
        svg .heat3 { fill: var(--accent); fill-opacity: .88; } svg .heat4 { fill: var(--accent); }
        svg .on-heat { fill: var(--on-accent); }
        svg .announced { fill: var(--accent); } svg .unannounced { fill: var(--critical); } svg .unknown { fill: var(--soft); }
        footer { border-top: 1px solid var(--line); color: var(--soft); padding: 1rem clamp(1rem, 2.5vw, 3rem); }

        @page { size: A4; margin: 16mm 14mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif; color: #505a66; } }
        @page wide { size: A4 landscape; }
        @media print {
          :root {
            color-scheme: light;
            --back: #ffffff; --panel: #f3f5f8; --text: #1b2027; --soft: #505a66; --line: #c3cad3; --accent: #0b5cad; --on-accent: #ffffff;
            --critical: #a3123a; --major: #b23c08; --moderate: #7d5a00; --minor: #2a6487; --information: #515c68; --on-severity: #ffffff;
          }
          * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
          body { font-size: 10pt; line-height: 1.4; }
          .layout { display: block; padding: 0; max-width: none; }
          header.top { padding: 0 0 .5rem; margin-bottom: 1rem; }
          .contents, .controls, .pager, .skip, .hint { display: none !important; }
          main > section { margin-bottom: 1.5rem; }
          .page, .wide, .own { break-before: page; }
          .own { break-after: page; }
          .wide, .own { page: wide; }
          h2, h3, h4, summary, caption { break-after: avoid; }
          tr, figure, .figures li, .level, details .scroll { break-inside: avoid; }
          p, li { max-width: 110ch; orphans: 3; widows: 3; }
          thead { display: table-header-group; break-after: avoid; }
          tbody tr:first-child { break-before: avoid; }
          table { font-size: 7.5pt; }
          /* Words of usual length are whole; what is longer breaks anywhere, so that nothing is cut at the edge of the paper. */
          th, td { padding: .15rem .3rem; min-width: 4.4rem; max-width: none; overflow-wrap: anywhere; }
          thead th { overflow-wrap: break-word; }
          .number, .inputs td, .inputs thead th, td > code { min-width: 0; }
          .live .table th, .live .table td:not(.long) { overflow-wrap: break-word; min-width: 0; }
          .live .table .long { min-width: 8.2rem; }
          td.service { min-width: 8.2rem; }
          .inputs td:not(.digest) { overflow-wrap: break-word; }
          td.digest { font-size: 7pt; }
          td .badge, td code, pre code, .note code { font-size: inherit; }
          .note { font-size: 8.5pt; }
          .wider { box-shadow: none; }
          .status, .left-out { font-size: 8pt; margin: .15rem 0 .6rem; }
          .whole { white-space: normal; }
          .table .more { display: none; }
          .scroll, .picture, pre { overflow: visible; max-height: none; }
          pre { white-space: pre-wrap; }
          .picture svg { min-width: 0; max-width: 17cm; }
          pre { font-size: 7pt; line-height: 1.25; padding: .4rem; }
          #summary { font-size: 8.5pt; line-height: 1.3; }
          #summary h3 { margin: .6rem 0 .2rem; }
          #summary p, #summary ul, #summary ol { margin-top: .25rem; margin-bottom: .25rem; }
          #summary li, #summary p { max-width: none; }
          #summary .note { font-size: inherit; }
          #summary .pictures svg { max-height: 6cm; }
          thead button { display: none; }
          .paper { display: inline; }
          #summary .figures { grid-template-columns: repeat(8, 1fr); gap: .3rem; }
          #summary .figures li { padding: .25rem .4rem; font-size: 7.5pt; line-height: 1.2; }
          #summary .figures strong { font-size: 12pt; }
          #summary .badge { font-size: 7.5pt; }
          #summary .pictures { grid-template-columns: 1fr 1fr; gap: 1rem; }
          #summary figure { margin: .4rem 0; }
          details { border-width: 0 0 1px; border-radius: 0; padding: .25rem 0; }
          summary { list-style: none; }
          a { color: inherit; text-decoration: none; }
        }

        """#
}
